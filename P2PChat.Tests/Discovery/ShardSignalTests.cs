using Microsoft.Extensions.Time.Testing;
using P2PChat.Discovery.Peers.Events;

namespace P2PChat.Tests.Discovery;

public sealed class ShardSignalTests
{
    [Fact]
    public async Task News_arrive_at_once_however_often_nothing_came_before()
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
    public async Task News_that_come_close_behind_others_gather()
    {
        var clock = new FakeTimeProvider();
        var signal = new ShardSignal();
        signal.Raise(1);
        Assert.Equal(1 << 1, await signal.WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None));

        signal.Raise(2);
        var next = signal.WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None);
        clock.Advance(ShardSignal.Gathers / 2);
        signal.Raise(3);
        Assert.False(next.IsCompleted);

        clock.Advance(ShardSignal.Gathers / 2);
        Assert.Equal(1 << 2 | 1 << 3, await next.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task News_after_a_silence_do_not_wait()
    {
        var clock = new FakeTimeProvider();
        var signal = new ShardSignal();
        signal.Raise(1);
        _ = await signal.WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None);
        clock.Advance(ShardSignal.Gathers);

        signal.Raise(2);
        Assert.Equal(
            1 << 2,
            await signal
                .WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None)
                .WaitAsync(TimeSpan.FromSeconds(10))
        );
    }
}
