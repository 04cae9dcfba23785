namespace P2PChat.Node.Timing;

/// <summary>
/// A rate limit: a burst, and then once per interval (GCRA, ITU-T I.371). Times are durations since a fixed moment, by
/// a monotonic clock. Not thread-safe.
/// </summary>
internal sealed class Pace(int burst, TimeSpan interval)
{
    // When the whole burst is available again.
    private TimeSpan _fullAt = TimeSpan.MinValue;

    /// <summary>When <see cref="TryTake"/> next succeeds; in the past if it would succeed now.</summary>
    public TimeSpan FreeAt => _fullAt == TimeSpan.MinValue ? _fullAt : _fullAt - interval * (burst - 1);

    /// <summary>Whether the whole burst is available.</summary>
    public bool IsFull(TimeSpan now) => _fullAt <= now;

    /// <summary>Counts one if the limit allows it.</summary>
    public bool TryTake(TimeSpan now)
    {
        if (now < FreeAt)
        {
            return false;
        }

        _fullAt = (_fullAt > now ? _fullAt : now) + interval;
        return true;
    }
}
