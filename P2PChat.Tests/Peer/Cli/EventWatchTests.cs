using P2PChat.Client;
using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

public sealed class EventWatchTests
{
    [Fact]
    public async Task Event_that_came_in_time_is_found_when_the_time_is_up()
    {
        using var watch = new EventWatch("bob", remove: _ => { });
        watch.Offer(new ApiEvent.Connected("bob"));

        var found = await watch.FirstAsync(
            apiEvent => apiEvent is ApiEvent.Connected,
            TimeSpan.Zero,
            TimeProvider.System,
            CancellationToken.None
        );

        Assert.Equal(new ApiEvent.Connected("bob"), found);
    }
}
