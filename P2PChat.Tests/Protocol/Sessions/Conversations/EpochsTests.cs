using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

public class EpochsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private readonly Random _random = new(1);

    [Fact]
    public void Later_time_gives_a_higher_epoch()
    {
        var highest = Epochs.Next(Now, above: 0, below => below - 1);

        Assert.Equal(Epochs.LastOf(Now), highest);
        Assert.True(Epochs.Next(Now.AddMilliseconds(1), above: 0, _ => 0) > highest);
        // Epochs from older versions are lower.
        Assert.True(Epochs.Next(Now.AddYears(-50), above: 0, _ => 0) > (ulong)Now.ToUnixTimeMilliseconds());
    }

    [Fact]
    public void Two_epochs_at_the_same_time_differ()
    {
        foreach (var above in new[] { 0UL, Epochs.LastOf(Now), Epochs.LastOf(Now.AddYears(5)) })
        {
            var (one, other) = (Epochs.Next(Now, above, _random.Next), Epochs.Next(Now, above, _random.Next));
            Assert.True(one > above && other > above);
            Assert.NotEqual(one, other);
        }
    }

    [Theory]
    [InlineData(-100_000_000_000L)]
    [InlineData(0)]
    [InlineData(250_000_000_000_000L)]
    public void Epochs_are_valid_for_any_clock(long unixMilliseconds)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds);

        Assert.InRange(Epochs.Next(now, above: 0, _ => 0), 1UL, Epochs.Highest);
        Assert.InRange(Epochs.Next(now, above: 0, below => below - 1), 1UL, Epochs.Highest - 1);
        Assert.InRange(Epochs.Next(now, above: Epochs.LastOf(now), _ => 0), Epochs.LastOf(now) + 1, Epochs.Highest - 1);
        Assert.Equal(Epochs.HighestOwn, Epochs.Above(Epochs.HighestOwn - 3, below => below - 1));
        Assert.InRange(Epochs.Next(now, above: Epochs.Highest, _ => 0), 1UL, Epochs.HighestOwn - 1);
        Assert.InRange(Epochs.Above(Epochs.Highest, _ => 0), 1UL, Epochs.HighestOwn - 1);
    }
}
