using P2PChat.Discovery.Events;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Events;

public sealed class EventListenerTests
{
    private static readonly EventPosition Start = new([0]);

    [Fact]
    public async Task Listener_too_far_behind_is_disconnected_after_its_buffer()
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

        // No gap may be hidden: a client that resumes after the last of these gets the rest.
        Assert.Equal([1, 2], received);
    }

    [Fact]
    public void Unwanted_events_take_no_space_but_advance_the_position()
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
        // The position does not pass an event that is still waiting.
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
