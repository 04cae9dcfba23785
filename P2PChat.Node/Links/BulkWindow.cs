namespace P2PChat.Node.Links;

/// <summary>
/// How many bytes of files may be on their way, and when the next may follow. Keeps the delay that they cause near a
/// target, as LEDBAT (RFC 6817) does, and spreads them over the round trip, because a burst would queue in front of the
/// slowest line. Not thread-safe.
/// </summary>
internal sealed class BulkWindow(TimeProvider timeProvider)
{
    private const long MinSize = 64 * 1024;
    private const long MaxSize = 8 * 1024 * 1024;
    private const long Step = 32 * 1024;
    private const long PacedStep = 16 * 1024;

    // The part of the window by which it shrinks if the delay is twice the target, and may grow at most.
    private const int Gain = 8;

    /// <summary>The delay that is allowed on short paths. On longer ones it is a quarter of the round trip.</summary>
    private static readonly TimeSpan MinTarget = TimeSpan.FromMilliseconds(4);

    /// <summary>The shortest round trip over which bytes are spread. Timers are too coarse for shorter ones.</summary>
    private static readonly TimeSpan MinPaced = TimeSpan.FromMilliseconds(5);

    /// <summary>How late the writer may come without losing its turn.</summary>
    private static readonly TimeSpan MaxLateness = TimeSpan.FromMilliseconds(4);

    private readonly ShortestRoundTrip _shortest = new(timeProvider);
    private bool _hasMetLimit;
    private TimeSpan? _paced;
    private long _due;

    /// <summary>The bytes that may be on their way, as far as the last Pong tells.</summary>
    public long Size { get; private set; } = MinSize;

    /// <summary>The time until the next bytes may follow.</summary>
    public TimeSpan UntilDue
    {
        get
        {
            var left = _paced is null ? TimeSpan.Zero : timeProvider.GetElapsedTime(timeProvider.GetTimestamp(), _due);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void OnWritten(int bytes)
    {
        if (_paced is { } roundTrip)
        {
            // When a Pong comes, the bytes of two round trips were written since the Ping that it tells of.
            var ticks = TicksOf(roundTrip) * 2 * bytes / Size;
            _due = Math.Max(_due, timeProvider.GetTimestamp() - TicksOf(MaxLateness)) + ticks;
        }
    }

    /// <summary>A Ping was answered.</summary>
    /// <param name="bytes">The bytes written from the Ping before to this one.</param>
    public void OnRoundTrip(TimeSpan roundTrip, long bytes)
    {
        var shortest = _shortest.With(roundTrip, out var hasForgotten);
        var quarter = shortest / 4;
        var target = quarter > MinTarget ? quarter : MinTarget;
        var delay = roundTrip - shortest;
        if (shortest < MinPaced)
        {
            _paced = null;
            Adapt(delay > target);
            return;
        }

        // Slows down with the path at once, so that the window can follow slowly, and jitter matters little.
        _paced = roundTrip < shortest * 2 ? roundTrip : shortest * 2;
        _due = Math.Min(_due, timeProvider.GetTimestamp() + TicksOf(_paced.Value) / 2);
        AdaptPaced((target - delay) / target, bytes);
        if (hasForgotten)
        {
            // Empties the queue, which would otherwise be taken for a part of the path.
            Resize(Size / 2);
        }
    }

    // Doubles until a delay shows, then creeps.
    private void Adapt(bool isDelayed)
    {
        _hasMetLimit |= isDelayed;
        if (isDelayed)
        {
            Resize(Size * 3 / 4);
        }
        else
        {
            Resize(_hasMetLimit ? Size + Step : Size * 2);
        }
    }

    /// <param name="offTarget">From 1 without a delay to 0 at the target, and below for a longer delay.</param>
    private void AdaptPaced(double offTarget, long bytes)
    {
        if (offTarget < 0)
        {
            var factor = _hasMetLimit ? Math.Max(0.5, 1 + offTarget / Gain) : 0.5;
            _hasMetLimit = true;
            Resize((long)(Size * factor));
        }
        else if (bytes >= Size / 3)
        {
            // A window that is not used, or not yet since it has grown, says nothing about a larger one.
            Resize(Size + (long)(_hasMetLimit ? Math.Min(PacedStep, Size / Gain) * offTarget : Size));
        }
    }

    private void Resize(long size) => Size = Math.Clamp(size, MinSize, MaxSize);

    private long TicksOf(TimeSpan time) => (long)(time.TotalSeconds * timeProvider.TimestampFrequency);

    /// <summary>
    /// The shortest round trip of the last minutes. Older ones are forgotten (RFC 6817, section 3.4.2), so that a path
    /// that has become slower is not taken for a full one forever.
    /// </summary>
    private sealed class ShortestRoundTrip(TimeProvider timeProvider)
    {
        private static readonly TimeSpan Period = TimeSpan.FromMinutes(2);

        private TimeSpan _before = TimeSpan.MaxValue;
        private TimeSpan _current = TimeSpan.MaxValue;
        private long _since = timeProvider.GetTimestamp();

        public TimeSpan With(TimeSpan roundTrip, out bool hasForgotten)
        {
            hasForgotten = timeProvider.GetElapsedTime(_since) >= Period;
            if (hasForgotten)
            {
                (_before, _current, _since) = (_current, TimeSpan.MaxValue, timeProvider.GetTimestamp());
            }

            _current = roundTrip < _current ? roundTrip : _current;
            return _before < _current ? _before : _current;
        }
    }
}
