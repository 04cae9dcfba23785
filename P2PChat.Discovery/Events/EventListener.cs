using System.Collections.Frozen;
using System.Threading.Channels;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Events;

/// <summary>The bounded queue of events to write to one open stream.</summary>
internal sealed class EventListener
{
    private readonly Channel<FeedItem> _waiting;
    private readonly FrozenSet<string>? _names;
    private EventPosition? _passed;

    /// <param name="names">Names to listen for; null for all listed peers.</param>
    /// <param name="since">The feed's position when the listener was added.</param>
    /// <param name="address">The client's address.</param>
    /// <param name="buffer">Maximum number of waiting events.</param>
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

    /// <summary>Completes if the listener falls too far behind.</summary>
    public ChannelReader<FeedItem> Waiting => _waiting.Reader;

    /// <summary>
    /// Whether the listener gets an event. Events of unlisted peers go only to listeners that named them.
    /// </summary>
    public bool Wants(PeerEvent peerEvent) => _names?.Contains(peerEvent.Username) ?? !peerEvent.Unlisted;

    /// <summary>The feed's position after events that this listener did not want, while its queue was empty.</summary>
    public EventPosition? Passed => Volatile.Read(ref _passed);

    /// <summary>Queues an item. A listener whose queue is full is disconnected, and resumes from the store.</summary>
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

/// <summary>An item of the feed: an event, or a <c>reset</c> (null) after events were lost.</summary>
/// <param name="After">The feed's position after this item.</param>
internal sealed record FeedItem(PeerEvent? Event, EventPosition After)
{
    private string? _id;

    /// <summary>Formatted once, because it is the same for all listeners.</summary>
    public string Id => _id ??= After.ToString();
}
