using P2PChat.Node.Timing;

namespace P2PChat.Tests.Node.Timing;

public sealed class BackoffTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(6, 32)]
    [InlineData(7, 60)]
    [InlineData(int.MaxValue, 60)]
    public void Delay_doubles_up_to_the_limit(int failures, int seconds) =>
        Assert.Equal(seconds * Second, new Backoff(Second, 60 * Second, Jitter.None).After(failures));

    [Fact]
    public void Limit_below_the_first_delay_wins() =>
        Assert.Equal(Second, new Backoff(60 * Second, Second, Jitter.None).After(1));

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.75, 1.25)]
    public void Jitter_spreads_the_delay_over_its_range(double from, double to)
    {
        var backoff = new Backoff(10 * Second, 10 * Second, new Jitter(from, to));

        var delays = Enumerable.Range(0, 1000).Select(_ => backoff.After(1).TotalSeconds).ToList();

        Assert.All(delays, delay => Assert.InRange(delay, 10 * from, 10 * to));
        Assert.True(delays.Max() - delays.Min() > 8 * (to - from));
    }
}
