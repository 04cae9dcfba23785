using System.Threading.Channels;

namespace P2PChat.Peer.Chat;

/// <summary>An event with its number.</summary>
public readonly record struct NumberedEvent(long Number, PeerEvent Event);

/// <summary>
/// The last events, and whoever listens. A listener that falls behind is ended rather than waited for: it can resume
/// from the number that it saw last.
/// </summary>
public sealed class EventLog
{
    private const int Kept = 4096;
    private const int ListenerQueue = 4096;

    private readonly Lock _gate = new();
    private readonly Queue<NumberedEvent> _events = new();
    private readonly HashSet<Channel<NumberedEvent>> _listeners = [];
    private long _last;

    /// <summary>The newest event's number; 0 if there is none.</summary>
    public long Last
    {
        get
        {
            lock (_gate)
                return _last;
        }
    }

    public void Add(PeerEvent @event)
    {
        lock (_gate)
        {
            var numbered = new NumberedEvent(++_last, @event);
            _events.Enqueue(numbered);
            if (_events.Count > Kept)
                _ = _events.Dequeue();
            foreach (var listener in _listeners)
            {
                if (!listener.Writer.TryWrite(numbered))
                    _ = listener.Writer.TryComplete();
            }
        }
    }

    /// <summary>
    /// Listens from behind <paramref name="after"/> on. The stream ends when the listener falls too far behind; dispose
    /// it in any case.
    /// </summary>
    /// <returns>Null if events after that number are gone, or the number has never been.</returns>
    public EventListener? Listen(long after)
    {
        lock (_gate)
        {
            if (after > _last || after < _last - _events.Count)
                return null;

            var channel = Channel.CreateBounded<NumberedEvent>(Kept + ListenerQueue);
            foreach (var numbered in _events.Where(numbered => numbered.Number > after))
                _ = channel.Writer.TryWrite(numbered);
            _listeners.Add(channel);
            return new EventListener(channel.Reader, () => Remove(channel));
        }
    }

    private void Remove(Channel<NumberedEvent> channel)
    {
        lock (_gate)
            _listeners.Remove(channel);
        _ = channel.Writer.TryComplete();
    }
}

/// <summary>Somebody who listens to an <see cref="EventLog"/>.</summary>
public sealed class EventListener(ChannelReader<NumberedEvent> reader, Action end) : IDisposable
{
    public ChannelReader<NumberedEvent> Reader { get; } = reader;

    public void Dispose() => end();
}
