using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery;

public sealed class EventListenerTests
{
    private static readonly EventPosition Start = new([0]);

    [Fact]
    public async Task One_who_falls_too_far_behind_is_cut_off_after_what_fitted()
    {
        var listener = new EventListener(null, Start, "192.0.2.1", buffer: 2);
        for (var number = 1; number <= 3; number++)
        {
            listener.Offer(Item(number, "alice"));
        }

        listener.Offer(Item(4, "alice"));

        var received = new List<long>();
        await foreach (var item in listener.Waiting.ReadAllAsync())
        {
            received.Add(item.After[0]);
        }

        // A gap would go unseen: whoever comes back with the last of these is told the rest.
        Assert.Equal([1, 2], received);
    }

    [Fact]
    public void What_it_does_not_want_takes_no_room_but_moves_it_on()
    {
        var listener = new EventListener(
            System.Collections.Frozen.FrozenSet.Create(StringComparer.Ordinal, "bob"),
            Start,
            "192.0.2.1",
            buffer: 1
        );

        listener.Offer(Item(1, "alice"));
        listener.Offer(Item(2, "alice"));
        Assert.Equal(2, listener.Passed![0]);

        listener.Offer(Item(3, "bob"));
        listener.Offer(Item(4, "alice"));
        // Not past what still waits.
        Assert.Equal(2, listener.Passed![0]);
        Assert.True(listener.Waiting.TryRead(out var waiting));
        Assert.Equal(3, waiting.After[0]);
    }

    private static FeedItem Item(long number, string username) =>
        new(
            new PeerEvent(0, number, PeerEventTypes.Joined, username, "", "", 1, Unlisted: false),
            Start.With(0, number)
        );
}
