namespace P2PChat.Node.Model;

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
    private const long KeptBytes = 4 * 1024 * 1024;
    private const long ListenerBytes = 4 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<NumberedEvent> _events = new();
    private readonly HashSet<EventListener> _listeners = [];
    private long _last;
    private long _bytes;

    /// <summary>The newest event's number; 0 if there is none.</summary>
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
            while (_events.Count > Kept || _bytes > KeptBytes)
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
    /// Listens from behind <paramref name="after"/> on. The stream ends when the listener falls too far behind; dispose
    /// it in any case.
    /// </summary>
    /// <returns>Null if events after that number are gone, or the number has never been.</returns>
    public EventListener? Listen(long after)
    {
        lock (_gate)
        {
            if (after > _last || after < _last - _events.Count)
            {
                return null;
            }

            var listener = new EventListener(Kept + ListenerQueue, KeptBytes + ListenerBytes, Remove);
            foreach (var numbered in _events.Where(numbered => numbered.Number > after))
            {
                listener.Offer(numbered);
            }

            _listeners.Add(listener);
            return listener;
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
