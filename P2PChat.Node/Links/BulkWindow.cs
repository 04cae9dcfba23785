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

    // Twice as much, because pacing writes half of the window per round trip.
    private const long MaxPacedSize = 2 * MaxSize;
    private const long Step = 32 * 1024;
    private const long PacedStep = 16 * 1024;

    // The part of the window by which it shrinks if the delay is twice the target, and may grow at most.
    private const int Gain = 8;

    // After so many round trips in a row with hardly any delay, the line is faster than the window allows.
    private const int ManyQuiet = 8;

    /// <summary>The delay that is allowed on short paths. On longer ones it is a quarter of the round trip.</summary>
    private static readonly TimeSpan MinTarget = TimeSpan.FromMilliseconds(4);

    /// <summary>The shortest round trip over which bytes are spread. Timers are too coarse for shorter ones.</summary>
    private static readonly TimeSpan MinPaced = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// How late the writer may come without losing its turn: half of the paced round trip, within these limits. Some
    /// timers, as those of Windows, only tick every 15.6 ms.
    /// </summary>
    private static readonly (TimeSpan Min, TimeSpan Max) Lateness = (
        TimeSpan.FromMilliseconds(4),
        TimeSpan.FromMilliseconds(20)
    );

    private readonly ShortestRoundTrip _shortest = new(timeProvider);
    private bool _hasMetLimit;
    private bool _wasLate;
    private bool _hasDoubled;
    private int _quiet;
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
            var lateness = TimeSpan.FromTicks(Math.Clamp(roundTrip.Ticks / 2, Lateness.Min.Ticks, Lateness.Max.Ticks));
            _due = Math.Max(_due, timeProvider.GetTimestamp() - TicksOf(lateness)) + ticks;
        }
    }

    /// <summary>A Ping was answered.</summary>
    /// <param name="wasLimited">Whether bytes had to wait between the Ping before and this one.</param>
    public void OnRoundTrip(TimeSpan roundTrip, bool wasLimited)
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
        AdaptPaced((target - delay) / target, wasLimited);
        if (hasForgotten)
        {
            // Empties the queue, which would otherwise be taken for a part of the path. Grows fast again without one.
            Resize(Size / 2);
            _quiet = ManyQuiet;
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
    private void AdaptPaced(double offTarget, bool wasLimited)
    {
        var (wasLate, hasDoubled) = (_wasLate, _hasDoubled);
        (_wasLate, _hasDoubled) = (offTarget < 0, false);
        if (offTarget < 0)
        {
            // One late Pong may be chance. A queue delays the next one too.
            _hasMetLimit |= wasLate;
            Resize((long)(Size * (_hasMetLimit ? Math.Max(0.5, 1 + offTarget / Gain) : 0.5)));
            _quiet = 0;
        }
        else if (wasLimited && !hasDoubled)
        {
            // A window that is not used, or not yet since it has doubled, says nothing about a larger one.
            _quiet = offTarget > 0.5 ? _quiet + 1 : 0;
            var step = _quiet > ManyQuiet ? Size / Gain : Math.Min(PacedStep, Size / Gain);
            _hasDoubled = !_hasMetLimit;
            Resize(Size + (long)((_hasMetLimit ? step : Size) * offTarget));
        }
    }

    private void Resize(long size) => Size = Math.Clamp(size, MinSize, _paced is null ? MaxSize : MaxPacedSize);

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
            var elapsed = timeProvider.GetElapsedTime(_since);
            hasForgotten = elapsed >= Period;
            if (hasForgotten)
            {
                _before = elapsed < Period * 2 ? _current : TimeSpan.MaxValue;
                (_current, _since) = (TimeSpan.MaxValue, timeProvider.GetTimestamp());
            }

            _current = roundTrip < _current ? roundTrip : _current;
            return _before < _current ? _before : _current;
        }
    }
}
