using P2PChat.Discovery.Peers.Events;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

public sealed class ShardSignalTests
{
    [Fact]
    public async Task News_arrive_at_once_however_often_nothing_came_before()
    {
        var clock = new ManualClock();
        var signal = new ShardSignal();
        for (var i = 0; i < 5; i++)
        {
            var idle = signal.WaitAsync(TimeSpan.FromSeconds(1), clock, CancellationToken.None);
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(-1, await idle);
        }

        signal.Raise(3);

        Assert.Equal(1 << 3, await signal.WaitAsync(TimeSpan.FromHours(1), clock, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
