using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>Result of <see cref="BulkLane.Take"/>.</summary>
/// <param name="Part">The next part; null if there is none, or it may not go out yet.</param>
/// <param name="MustPing">Whether to write a Ping after the part, or instead of it.</param>
/// <param name="Wait">When to ask again; zero if the lane says so by itself.</param>
internal readonly record struct BulkTurn(Frame? Part, bool MustPing = false, TimeSpan Wait = default);

/// <summary>
/// The parts of files that a link writes when it has nothing else to write. Limits the bytes that are on their way, so
/// that a message behind them is hardly delayed: Pings between the parts measure that delay. Thread-safe.
/// </summary>
internal sealed class BulkLane(TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private readonly Probe _probe = new();
    private readonly BulkWindow _window = new(timeProvider);
    private Func<Frame?>? _source;
    private long _written;
    private long _arrived;
    private bool _isLimited;

    /// <summary>Sets where parts come from; null for none. Called by the writer, without locks of the link.</summary>
    public Func<Frame?>? Source
    {
        set => Volatile.Write(ref _source, value);
    }

    /// <summary>Takes the next part; none if too many bytes are on their way, or it is too early.</summary>
    /// <param name="mayPing">Whether no other Ping is unanswered.</param>
    public BulkTurn Take(bool mayPing)
    {
        lock (_gate)
        {
            if (_written - _arrived >= _window.Size)
            {
                _isLimited = true;
                // After the window has shrunk, the last Pong may not have made room.
                return new BulkTurn(null, MustPing: mayPing && TryOpenProbe());
            }

            if (_window.UntilDue is { Ticks: > 0 } wait)
            {
                _isLimited = true;
                return new BulkTurn(null, Wait: wait);
            }
        }

        if (Volatile.Read(ref _source)?.Invoke() is not { } part)
        {
            return default;
        }

        lock (_gate)
        {
            var bytes = part.CalculateSize();
            _written += bytes;
            _window.OnWritten(bytes);
            return new BulkTurn(part, MustPing: mayPing && TryOpenProbe());
        }
    }

    /// <summary>The Pong to the only unanswered Ping has arrived.</summary>
    public void OnPong()
    {
        lock (_gate)
        {
            if (_probe.IsOpen)
            {
                (_arrived, var since, var wasLimited) = _probe.Close();
                _window.OnRoundTrip(timeProvider.GetElapsedTime(since), wasLimited);
            }
        }
    }

    private bool TryOpenProbe()
    {
        if (_probe.IsOpen)
        {
            return false;
        }

        _probe.Open(_written, timeProvider.GetTimestamp(), _isLimited);
        _isLimited = false;
        return true;
    }

    /// <summary>The Ping that is on its way, since when, behind how many bytes, and whether more waited.</summary>
    private sealed class Probe
    {
        private (long Bytes, long Since, bool WasLimited) _sent;

        public bool IsOpen { get; private set; }

        public void Open(long bytes, long since, bool wasLimited) =>
            (IsOpen, _sent) = (true, (bytes, since, wasLimited));

        public (long Bytes, long Since, bool WasLimited) Close()
        {
            IsOpen = false;
            return _sent;
        }
    }
}
