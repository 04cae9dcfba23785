using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Model;

/// <summary>An event with its sequence number in the log.</summary>
public readonly record struct NumberedEvent(long Number, PeerEvent Event);

/// <summary>
/// The most recent events and their listeners. A listener that falls behind is ended, and can resume from the last
/// number that it has read. Thread-safe.
/// </summary>
public sealed class EventLog
{
    private const int MaxEvents = 4096;
    private const int ListenerQueue = 4096;
    private const long MaxBytes = 4 * 1024 * 1024;
    private const long ListenerBytes = 4 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<NumberedEvent> _events = new();
    private readonly HashSet<EventListener> _listeners = [];
    private long _last;
    private long _bytes;

    /// <summary>The number of the newest event; 0 if there is none.</summary>
    public long Last
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
    }

    public void Add(PeerEvent @event)
    {
        lock (_gate)
        {
            var numbered = new NumberedEvent(++_last, @event);
            _events.Enqueue(numbered);
            _bytes += @event.MemoryBytes;
            while (_events.Count > MaxEvents || _bytes > MaxBytes)
            {
                _bytes -= _events.Dequeue().Event.MemoryBytes;
            }

            foreach (var listener in _listeners)
            {
                listener.Offer(numbered);
            }
        }
    }

    /// <summary>
    /// Publishes an event that means nothing later. It is not kept, so that members of a room cannot displace messages
    /// by it, and has the number of the event before it.
    /// </summary>
    public void AddTransient(PeerEvent @event)
    {
        lock (_gate)
        {
            foreach (var listener in _listeners)
            {
                listener.Offer(new NumberedEvent(_last, @event));
            }
        }
    }

    /// <summary>Erases the text of a message that is deleted for everyone from the events that are kept.</summary>
    public void Erase(Message removed)
    {
        ArgumentNullException.ThrowIfNull(removed);
        Erase([removed]);
    }

    /// <summary>Erases the texts of messages that are deleted for everyone or have disappeared.</summary>
    public void Erase(IReadOnlyCollection<Message> removed)
    {
        ArgumentNullException.ThrowIfNull(removed);
        Replace(kept => removed.Aggregate(kept, (one, message) => one.Without(message)));
    }

    /// <summary>Erases the text of a message of a room that is deleted for everyone.</summary>
    public void Erase(RoomEventId removed) => Replace(kept => kept.Without(removed));

    /// <summary>
    /// Starts to listen at the first event after <paramref name="after"/>. The stream ends when the listener falls too
    /// far behind. Always dispose the listener.
    /// </summary>
    /// <returns>Null if events after that number are no longer kept, or the number does not exist yet.</returns>
    public EventListener? Listen(long after)
    {
        lock (_gate)
        {
            if (after > _last || after < _last - _events.Count)
            {
                return null;
            }

            var listener = new EventListener(MaxEvents + ListenerQueue, MaxBytes + ListenerBytes, Remove);
            foreach (var numbered in _events.Where(numbered => numbered.Number > after))
            {
                listener.Offer(numbered);
            }

            _listeners.Add(listener);
            return listener;
        }
    }

    private void Replace(Func<PeerEvent, PeerEvent> replace)
    {
        lock (_gate)
        {
            for (var i = _events.Count; i > 0; i--)
            {
                var numbered = _events.Dequeue();
                var replaced = replace(numbered.Event);
                _bytes += replaced.MemoryBytes - numbered.Event.MemoryBytes;
                _events.Enqueue(numbered with { Event = replaced });
            }
        }
    }

    private void Remove(EventListener listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
        }
    }
}
