using System.IO.Pipelines;
using System.Net;
using P2PChat.Node.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>Who is told what happens on a link, in order and one at a time.</summary>
/// <param name="Received">
/// Frames have come together that are not the link's own (Ping, Pong, Close); the list is theirs for the call.
/// </param>
/// <param name="Failed">The link must end for what only it can see; the handler closes it.</param>
/// <param name="Ended">Nothing will come any more. The reason is that of the other side's Close, if one came.</param>
internal sealed record LinkHandlers(
    Action<IReadOnlyList<IncomingFrame>> Received,
    Action<CloseReason> Failed,
    Action<CloseReason, bool> Ended
);

/// <summary>
/// Frames on a TLS channel: one loop reads, one writes, and neither waits for the other. It ends once, whoever ends it.
/// </summary>
internal sealed partial class Link
{
    // One write carries many small frames.
    private const int BytesAWrite = 32 * 1024;
    private const int KeptBuffer = 64 * 1024;

    private readonly TlsChannel _channel;
    private readonly LinkOptions _options;
    private readonly PeerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Action _changed;
    private readonly PipeReader _reader;
    private readonly WriteQueue _queue;
    private readonly Liveness _liveness;
    private readonly List<IncomingFrame> _received = [];
    private readonly long _origin;
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _slot;
    private LinkHandlers? _handlers;
    private long _heard;
    private long _writingSince;
    private long _closingSince;
    private long _brokenSince;
    private int _abortReason;
    private int _isAllWritten;
    private TaskCompletionSource? _sign;
    private int _isProbed;
    private bool _isReadBroken;

    /// <param name="slot">What it takes among those who have not shown who they are; null if nothing.</param>
    /// <param name="changed">Called when <see cref="UntilDue"/> may have become shorter.</param>
    public Link(
        int id,
        TlsChannel channel,
        bool isOutbound,
        DateTimeOffset startedAt,
        IDisposable? slot,
        LinkOptions options,
        PeerMetrics metrics,
        TimeProvider clock,
        ILogger logger,
        Action changed
    )
    {
        Id = id;
        IsOutbound = isOutbound;
        StartedAt = startedAt;
        _channel = channel;
        _slot = slot;
        _options = options;
        _metrics = metrics;
        _clock = clock;
        _logger = logger;
        _changed = changed;
        _reader = PipeReader.Create(
            channel.Stream,
            new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true, useZeroByteReads: true)
        );
        _queue = new WriteQueue(options.QueueFrames);
        _origin = clock.GetTimestamp();
        _liveness = new Liveness(options.PingAfter, options.DeadAfter, options.ProbeTimeout, TimeSpan.Zero);
    }

    public int Id { get; }

    public PeerId Remote => _channel.Remote;

    /// <summary>This side's address; null once the socket is closed.</summary>
    public IPAddress? LocalAddress => _channel.LocalAddress;

    /// <summary>Frames that wait to be written.</summary>
    public int Queued => _queue.Count;

    /// <summary>Whether this side dialled.</summary>
    public bool IsOutbound { get; }

    /// <summary>When its first byte went over the wire.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Ends when all of it has been given back.</summary>
    public Task Completion => _completed.Task;

    public void Start(LinkHandlers handlers)
    {
        _handlers = handlers;
        _ = Task.Run(() => RunAsync(handlers));
    }

    /// <returns>False if too much waits to be written.</returns>
    public bool TryWrite(OutgoingFrame frame) => _queue.TryAdd(frame);

    /// <summary>Written before anything else; a later one replaces it.</summary>
    public void Acknowledge(Ack ack) => _queue.SetAck(ack);

    /// <summary>Writes what waits, then a Close, then ends; within a bounded time.</summary>
    public void Close(CloseReason reason)
    {
        if (Interlocked.CompareExchange(ref _closingSince, Now(), 0) == 0)
        {
            _queue.Complete(reason);
        }

        _changed();
    }

    /// <summary>Pings at the next <see cref="Tick"/>, with a shorter timeout than usual.</summary>
    public void Probe()
    {
        Volatile.Write(ref _isProbed, 1);
        _changed();
    }

    /// <summary>Ends at once.</summary>
    public void Abort() => Abort(CloseReason.ConnectionLost);

    /// <summary>Pings the other side.</summary>
    /// <returns>A task that completes when something has arrived, however long that takes.</returns>
    public Task ProbeAsync()
    {
        var sign = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sign = Interlocked.CompareExchange(ref _sign, sign, null) ?? sign;
        _queue.SetPing();
        return sign.Task;
    }

    /// <summary>Whether it counts among those who have not shown who they are.</summary>
    public bool HasSlot => Volatile.Read(ref _slot) is not null;

    /// <summary>The other side has shown who it is.</summary>
    public void ReleaseSlot() => Interlocked.Exchange(ref _slot, null)?.Dispose();

    /// <summary>The time until <see cref="Tick"/> has something to do.</summary>
    public TimeSpan UntilDue()
    {
        if (Volatile.Read(ref _closingSince) is var closing and not 0)
        {
            return Left(closing, _options.CloseTimeout);
        }

        if (Volatile.Read(ref _isProbed) == 1)
        {
            return TimeSpan.Zero;
        }

        if (Volatile.Read(ref _heard) is var heard and not 0)
        {
            _liveness.Heard(_clock.GetElapsedTime(_origin, heard));
        }

        var wait = _liveness.Deadline - _clock.GetElapsedTime(_origin);
        if (Volatile.Read(ref _brokenSince) is var broken and not 0)
        {
            wait = Min(wait, Left(broken, _options.CloseTimeout));
        }

        return Volatile.Read(ref _writingSince) is var writing and not 0
            ? Min(wait, Left(writing, _options.WriteTimeout))
            : wait;
    }

    /// <summary>Checks timeouts. Call it when <see cref="UntilDue"/> is over.</summary>
    public void Tick()
    {
        var closing = Volatile.Read(ref _closingSince);
        if (closing != 0)
        {
            if (_clock.GetElapsedTime(closing) > _options.CloseTimeout)
            {
                Abort(CloseReason.ConnectionLost);
            }

            return;
        }

        if (
            Volatile.Read(ref _brokenSince) is var broken and not 0
            && _clock.GetElapsedTime(broken) > _options.CloseTimeout
        )
        {
            Abort(CloseReason.ConnectionLost);
            return;
        }

        if (
            Volatile.Read(ref _writingSince) is var writing and not 0
            && _clock.GetElapsedTime(writing) > _options.WriteTimeout
        )
        {
            Abort(CloseReason.Overloaded);
            return;
        }

        if (Volatile.Read(ref _heard) is var heard and not 0)
        {
            _liveness.Heard(_clock.GetElapsedTime(_origin, heard));
        }

        if (Interlocked.Exchange(ref _isProbed, 0) == 1)
        {
            _liveness.Probe(_clock.GetElapsedTime(_origin));
        }

        switch (_liveness.Tick(_clock.GetElapsedTime(_origin)))
        {
            case LivenessAction.SendPing:
                _queue.SetPing();
                break;
            case LivenessAction.Dead:
                _handlers?.Failed(CloseReason.Silent);
                break;
        }
    }

    private CloseReason AbortReason =>
        Volatile.Read(ref _abortReason) is var reason and not 0 ? (CloseReason)reason : CloseReason.ConnectionLost;

    private void Abort(CloseReason reason)
    {
        _ = Interlocked.CompareExchange(ref _abortReason, (int)reason, 0);
        _queue.Abandon();
        _channel.Abort();
    }

    // A tick acts only after the limit, so one clock tick is added.
    private TimeSpan Left(long since, TimeSpan limit) =>
        limit == TimeSpan.MaxValue ? limit : limit - _clock.GetElapsedTime(since) + TimeSpan.FromTicks(1);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    // Never 0, which stands for 'not at all'.
    private long Now() => _clock.GetTimestamp() | 1;

    [LoggerMessage(LogLevel.Debug, "Link {Link} has ended: {Reason}, by the other side: {ByRemote}.")]
    private partial void LogEnded(int link, CloseReason reason, bool byRemote);

    [LoggerMessage(LogLevel.Error, "Link {Link} is broken by a fault of this peer's own.")]
    private partial void LogBroken(Exception exception, int link);
}
