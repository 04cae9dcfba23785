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
    private Func<Frame?>? _source;
    private TimeSpan _shortest = TimeSpan.MaxValue;
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
    /// <param name="mustPing">Whether to write a Ping after it, or instead of it.</param>
    public Frame? Take(out bool mustPing)
    {
        mustPing = false;
        lock (_gate)
        {
            if (_written - _arrived >= _window)
            {
                // After the window has shrunk, the last Pong may not have made room.
                mustPing = TryOpenProbe();
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
            mustPing = TryOpenProbe();
        }

        return part;
    }

    /// <summary>A Pong has arrived.</summary>
    /// <returns>Whether more parts may be written than before.</returns>
    public bool OnPong()
    {
        lock (_gate)
        {
            if (!_probe.IsOpen)
            {
                return false;
            }

            var (bytes, since) = _probe.Close();
            _arrived = bytes;
            Adapt(timeProvider.GetElapsedTime(since));
            return Volatile.Read(ref _source) is not null;
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
        _shortest = roundTrip < _shortest ? roundTrip : _shortest;
        var target = _shortest / 4 > MinTarget ? _shortest / 4 : MinTarget;
        if (roundTrip - _shortest > target)
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
}
