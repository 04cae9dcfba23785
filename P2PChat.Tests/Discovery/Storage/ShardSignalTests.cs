using Microsoft.Extensions.Time.Testing;
using P2PChat.Discovery.Storage;

namespace P2PChat.Tests.Discovery.Storage;

public sealed class ShardSignalTests
{
    [Fact]
    public async Task Signal_arrives_at_once_after_several_timeouts()
    {
        var clock = new FakeTimeProvider();
        var signal = new ShardSignal();
        for (var i = 0; i < 5; i++)
        {
            var idle = signal.WaitAsync(TimeSpan.FromSeconds(1), clock, CancellationToken.None);
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(-1, await idle);
        }

        signal.Raise(3);

        Assert.Equal(
            1 << 3,
            await signal
                .WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None)
                .WaitAsync(TimeSpan.FromSeconds(10))
        );
    }

    [Fact]
    public async Task Signals_within_the_batching_window_are_delivered_together()
    {
        var clock = new FakeTimeProvider();
        var signal = new ShardSignal();
        signal.Raise(1);
        Assert.Equal(1 << 1, await signal.WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None));

        signal.Raise(2);
        var next = signal.WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None);
        clock.Advance(ShardSignal.BatchingWindow / 2);
        signal.Raise(3);
        Assert.False(next.IsCompleted);

        clock.Advance(ShardSignal.BatchingWindow / 2);
        Assert.Equal(1 << 2 | 1 << 3, await next.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Signal_after_the_batching_window_does_not_wait()
    {
        var clock = new FakeTimeProvider();
        var signal = new ShardSignal();
        signal.Raise(1);
        _ = await signal.WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None);
        clock.Advance(ShardSignal.BatchingWindow);

        signal.Raise(2);
        Assert.Equal(
            1 << 2,
            await signal
                .WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None)
                .WaitAsync(TimeSpan.FromSeconds(10))
        );
    }
}
