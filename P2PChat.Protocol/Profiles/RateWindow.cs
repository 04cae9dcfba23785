namespace P2PChat.Protocol.Profiles;

/// <summary>Allows a number of events within any window of time. Not thread-safe.</summary>
public sealed class RateWindow(int max, TimeSpan window)
{
    private readonly Queue<DateTimeOffset> _taken = new();

    /// <summary>When the next event is allowed, at the earliest; null if no event has been counted yet.</summary>
    public DateTimeOffset? Next => _taken.TryPeek(out var first) ? (_taken.Count < max ? first : first + window) : null;

    /// <summary>Counts an event, if it is allowed.</summary>
    public bool TryTake(DateTimeOffset now)
    {
        while (_taken.TryPeek(out var first) && now - first >= window)
        {
            _ = _taken.Dequeue();
        }

        if (_taken.Count >= max)
        {
            return false;
        }

        _taken.Enqueue(now);
        return true;
    }
}
