using System.Collections.Frozen;
using System.Threading.Channels;

namespace P2PChat.Discovery.Peers.Events;

/// <summary>One open event stream: what waits to be written to it, bounded.</summary>
internal sealed class EventListener
{
    private readonly Channel<FeedItem> _waiting;
    private readonly FrozenSet<string>? _names;
    private EventPosition? _passed;

    /// <param name="names">Null for all listed peers.</param>
    /// <param name="since">What the feed had read when this began to listen.</param>
    public EventListener(FrozenSet<string>? names, EventPosition since, string address, int buffer)
    {
        _names = names;
        Since = since;
        Address = address;
        _waiting = Channel.CreateBounded<FeedItem>(
            new BoundedChannelOptions(buffer) { SingleReader = true, SingleWriter = true }
        );
    }

    public EventPosition Since { get; }

    public string Address { get; }

    /// <summary>Ends when the listener fell too far behind.</summary>
    public ChannelReader<FeedItem> Waiting => _waiting.Reader;

    /// <summary>A peer that is unlisted is told of only to one who named it.</summary>
    public bool Wants(PeerEvent peerEvent) => _names?.Contains(peerEvent.Username) ?? !peerEvent.Unlisted;

    /// <summary>How far the feed has read without anything for this listener, while nothing waits for it.</summary>
    public EventPosition? Passed => Volatile.Read(ref _passed);

    /// <summary>One who is too far behind is cut off, and resumes from the store when it comes back.</summary>
    public void Offer(FeedItem item)
    {
        if (item.Event is { } peerEvent && !Wants(peerEvent))
        {
            if (_waiting.Reader.Count == 0)
            {
                Volatile.Write(ref _passed, item.After);
            }
        }
        else if (!_waiting.Writer.TryWrite(item))
        {
            _waiting.Writer.TryComplete();
        }
    }
}

/// <summary>What the feed hands to all listeners: an event, or a <c>reset</c> where events are lost.</summary>
/// <param name="After">How far the feed has read with it.</param>
internal sealed record FeedItem(PeerEvent? Event, EventPosition After)
{
    private string? _id;

    /// <summary>The same for all listeners, so written once.</summary>
    public string Id => _id ??= After.ToString();
}
