using P2PChat.Discovery.Relay.Legs;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Relay.Legs;

public sealed class RelayRateTests
{
    [Fact]
    public void Bytes_above_the_rate_wait_until_they_are_earned()
    {
        var clock = new ManualClock();
        var rate = new RelayRate(1_000, clock);

        Assert.Equal(TimeSpan.Zero, rate.Spend(1_000));
        Assert.Equal(TimeSpan.FromSeconds(0.5), rate.Spend(500));
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(TimeSpan.Zero, rate.Spend(0));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromSeconds(1), rate.Spend(2_000));
        Assert.Equal(TimeSpan.Zero, new RelayRate(0, clock).Spend(long.MaxValue));
    }
}
