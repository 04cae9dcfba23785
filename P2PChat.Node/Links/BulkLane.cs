using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>
/// The parts of files that a link writes when it has nothing else to write. Limits the bytes that are on their way, so
/// that a message behind them is hardly delayed: Pings between the parts measure that delay, as LEDBAT (RFC 6817) does.
/// Thread-safe.
/// </summary>
internal sealed class BulkLane(TimeProvider timeProvider)
{
    private const long MinWindow = 64 * 1024;
    private const long MaxWindow = 8 * 1024 * 1024;
    private const long Step = 32 * 1024;

    /// <summary>The delay that is allowed on short paths. On longer ones it is a quarter of the round trip.</summary>
    private static readonly TimeSpan MinTarget = TimeSpan.FromMilliseconds(4);

    private readonly Lock _gate = new();
    private readonly Probe _probe = new();
    private readonly ShortestRoundTrip _shortest = new(timeProvider);
    private Func<Frame?>? _source;
    private long _window = MinWindow;
    private long _written;
    private long _arrived;
    private bool _hasMetLimit;

    /// <summary>Sets where parts come from; null for none. Called by the writer, without locks of the link.</summary>
    public Func<Frame?>? Source
    {
        set => Volatile.Write(ref _source, value);
    }

    /// <summary>Takes the next part; null if there is none, or too many bytes are on their way.</summary>
    /// <param name="mayPing">Whether no other Ping is unanswered.</param>
    /// <param name="mustPing">Whether to write a Ping after it, or instead of it.</param>
    public Frame? Take(bool mayPing, out bool mustPing)
    {
        mustPing = false;
        lock (_gate)
        {
            if (_written - _arrived >= _window)
            {
                // After the window has shrunk, the last Pong may not have made room.
                mustPing = mayPing && TryOpenProbe();
                return null;
            }
        }

        if (Volatile.Read(ref _source)?.Invoke() is not { } part)
        {
            return null;
        }

        lock (_gate)
        {
            _written += part.CalculateSize();
            mustPing = mayPing && TryOpenProbe();
        }

        return part;
    }

    /// <summary>The Pong to the only unanswered Ping has arrived.</summary>
    public void OnPong()
    {
        lock (_gate)
        {
            if (_probe.IsOpen)
            {
                (_arrived, var since) = _probe.Close();
                Adapt(timeProvider.GetElapsedTime(since));
            }
        }
    }

    private bool TryOpenProbe()
    {
        if (_probe.IsOpen)
        {
            return false;
        }

        _probe.Open(_written, timeProvider.GetTimestamp());
        return true;
    }

    // Doubles until a delay shows, then creeps.
    private void Adapt(TimeSpan roundTrip)
    {
        var shortest = _shortest.With(roundTrip);
        var target = shortest / 4 > MinTarget ? shortest / 4 : MinTarget;
        if (roundTrip - shortest > target)
        {
            (_window, _hasMetLimit) = (Math.Max(MinWindow, _window * 3 / 4), true);
        }
        else
        {
            _window = Math.Min(MaxWindow, _hasMetLimit ? _window + Step : _window * 2);
        }
    }

    /// <summary>The Ping that is on its way, behind how many bytes, and since when.</summary>
    private sealed class Probe
    {
        private (long Bytes, long Since) _sent;

        public bool IsOpen { get; private set; }

        public void Open(long bytes, long since) => (IsOpen, _sent) = (true, (bytes, since));

        public (long Bytes, long Since) Close()
        {
            IsOpen = false;
            return _sent;
        }
    }

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

        public TimeSpan With(TimeSpan roundTrip)
        {
            if (timeProvider.GetElapsedTime(_since) >= Period)
            {
                (_before, _current, _since) = (_current, TimeSpan.MaxValue, timeProvider.GetTimestamp());
            }

            _current = roundTrip < _current ? roundTrip : _current;
            return _before < _current ? _before : _current;
        }
    }
}
