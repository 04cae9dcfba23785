using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using P2PChat.Node.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>Callbacks of a link, called in order and one at a time.</summary>
/// <param name="Received">
/// Frames have arrived. Ping, Pong and Close are not among them. The list is valid only during the call.
/// </param>
/// <param name="Failed">The link cannot continue. The handler must close it.</param>
/// <param name="Ended">
/// Nothing more will be received. The first argument is the reason, the second whether the other side's Close gave it.
/// </param>
internal sealed record LinkHandlers(
    Action<IReadOnlyList<IncomingFrame>> Received,
    Action<CloseReason> Failed,
    Action<CloseReason, bool> Ended
);

/// <summary>
/// Frames on a TLS channel. One loop reads and one writes, and neither waits for the other. Thread-safe.
/// </summary>
internal sealed partial class Link
{
    private readonly TlsChannel _channel;
    private readonly PeerMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Action _dueChanged;
    private readonly PipeReader _reader;
    private readonly BulkLane _bulk;
    private readonly WriteQueue _queue;
    private readonly FrameDispatcher _dispatcher;
    private readonly FrameWriter _writer;
    private readonly LinkTimeouts _timeouts;
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _slot;
    private LinkHandlers? _handlers;
    private TaskCompletionSource? _probe;
    private int _abortReason;
    private int _isAllWritten;
    private bool _isReadBroken;

    /// <param name="isRequester">Whether this side asks to connect.</param>
    /// <param name="startedAt">When the first byte went over the wire.</param>
    /// <param name="slot">The slot of an unauthenticated connection; null if the link takes none.</param>
    /// <param name="dueChanged">Called when <see cref="UntilDue"/> may have become shorter.</param>
    public Link(
        int id,
        TlsChannel channel,
        bool isRequester,
        DateTimeOffset startedAt,
        IDisposable? slot,
        LinkOptions options,
        PeerMetrics metrics,
        TimeProvider timeProvider,
        ILogger logger,
        Action dueChanged
    )
    {
        Id = id;
        Origin = new LinkOrigin(channel.Role == TlsRole.Client, isRequester, channel.Path.ToWire());
        StartedAt = startedAt;
        _channel = channel;
        _slot = slot;
        _metrics = metrics;
        _logger = logger;
        _dueChanged = dueChanged;
        _reader = PipeReader.Create(
            channel.Stream,
            new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true, useZeroByteReads: true)
        );
        _bulk = new BulkLane(timeProvider);
        _queue = new WriteQueue(options.QueueFrames, _bulk, timeProvider);
        var unanswered = new UnansweredFrames(timeProvider);
        _timeouts = new LinkTimeouts(options, unanswered, timeProvider);
        _writer = new FrameWriter(channel.Stream, _queue, unanswered, _timeouts, metrics, dueChanged);
        _dispatcher = new FrameDispatcher(_queue, _bulk, unanswered, () => _timeouts.IsClosing);
    }

    public int Id { get; }

    public PeerId Remote => _channel.Remote;

    /// <summary>This side's address; null once the socket is closed.</summary>
    public IPAddress? LocalAddress => _channel.LocalAddress;

    /// <summary>Number of frames that wait to be written.</summary>
    public int Queued => _queue.Count;

    /// <summary>How the link came about, as this side knows it.</summary>
    public LinkOrigin Origin { get; }

    /// <summary>When the first byte went over the wire.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Whether the link still counts as an unauthenticated connection.</summary>
    public bool HasSlot => Volatile.Read(ref _slot) is not null;

    /// <summary>Whether this side has begun to close the link.</summary>
    public bool IsClosing => _timeouts.IsClosing;

    /// <inheritdoc cref="UnansweredFrames.HasProfile"/>
    public bool IsProfileUnanswered => _timeouts.IsProfileUnanswered;

    /// <summary>Completes when both loops have ended and the socket is closed.</summary>
    public Task Completion => _completed.Task;

    public void Start(LinkHandlers handlers)
    {
        _handlers = handlers;
        _ = Task.Run(() => RunAsync(handlers));
    }

    /// <returns>False if too many frames wait to be written.</returns>
    public bool TryWrite(OutgoingFrame frame) => _queue.TryAdd(frame);

    /// <summary>Writes an Ack before all waiting frames. A later one replaces it.</summary>
    public void Acknowledge(Ack ack) => _queue.SetAck(ack);

    /// <summary>Writes parts of files when nothing else waits.</summary>
    /// <param name="source">Gives the next part, if any. Called on any thread without locks of the link.</param>
    public void WriteBulk(Func<Frame?> source)
    {
        _bulk.Source = source;
        _queue.WakeForBulk();
    }

    /// <summary>There may be parts of files to write.</summary>
    public void WakeForBulk() => _queue.WakeForBulk();

    /// <summary>Writes the waiting frames and a Close, then ends the link, all within the close timeout.</summary>
    public void Close(CloseReason reason)
    {
        if (_timeouts.TryStartClosing())
        {
            _queue.Complete(reason);
        }

        _dueChanged();
    }

    /// <summary>Ends the link at once.</summary>
    public void Abort() => Abort(CloseReason.ConnectionLost);

    /// <summary>Pings at the next <see cref="Tick"/>, with a shorter timeout than usual.</summary>
    public void Probe()
    {
        _timeouts.RequestProbe();
        _dueChanged();
    }

    /// <summary>Pings the other side, without a timeout.</summary>
    /// <returns>A task that completes when anything arrives.</returns>
    public Task ProbeAsync()
    {
        var probe = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        probe = Interlocked.CompareExchange(ref _probe, probe, null) ?? probe;
        _queue.SetPing();
        return probe.Task;
    }

    /// <summary>Releases the slot, because the other side has authenticated.</summary>
    public void ReleaseSlot() => Interlocked.Exchange(ref _slot, null)?.Dispose();

    /// <summary>The time until <see cref="Tick"/> has something to do.</summary>
    public TimeSpan UntilDue() => _timeouts.UntilDue();

    /// <summary>Checks timeouts. Call it when <see cref="UntilDue"/> is over.</summary>
    public void Tick()
    {
        switch (_timeouts.Tick())
        {
            case LinkTimeout.PingDue:
                _queue.SetPing();
                break;
            case LinkTimeout.Silent:
                _handlers?.Failed(CloseReason.Silent);
                break;
            case LinkTimeout.WriteBlocked:
                Abort(CloseReason.Overloaded);
                break;
            case LinkTimeout.CloseOverdue:
                Abort(CloseReason.ConnectionLost);
                break;
        }
    }

    private void Abort(CloseReason reason)
    {
        _ = Interlocked.CompareExchange(ref _abortReason, (int)reason, 0);
        _queue.Abandon();
        _channel.Abort();
    }

    private async Task RunAsync(LinkHandlers handlers)
    {
        // The span of the dial must not become the parent of everything that happens on the link.
        Activity.Current = null;
        var writing = WriteAsync();
        var (reason, byRemote) = await ReadAsync(handlers);
        if (_timeouts.TryStartClosing())
        {
            _queue.Abandon();
        }

        _dueChanged();
        handlers.Ended(reason, byRemote);
        await writing;
        if (!_isReadBroken)
        {
            await TryShutDownAsync();
        }

        await _channel.DisposeAsync();
        ReleaseSlot();
        LogEnded(Id, reason, byRemote);
        _completed.SetResult();
    }

    private async Task<(CloseReason Reason, bool ByRemote)> ReadAsync(LinkHandlers handlers)
    {
        try
        {
            while (true)
            {
                var result = await _reader.ReadAsync();
                if (!result.IsCanceled)
                {
                    _timeouts.OnReceived();
                    if (Volatile.Read(ref _probe) is not null)
                    {
                        Interlocked.Exchange(ref _probe, null)?.SetResult();
                    }
                }

                if (Process(result, handlers) is { } close)
                {
                    return (close, true);
                }

                if (result.IsCanceled)
                {
                    await ShutDownAsync();
                }

                if (result.IsCompleted)
                {
                    return (CloseReason.ConnectionLost, false);
                }
            }
        }
        catch (Exception exception) when (TlsChannel.IsNetworkFailure(exception))
        {
            _isReadBroken = true;
            var reason = (CloseReason)Volatile.Read(ref _abortReason);
            return (reason == 0 ? CloseReason.ConnectionLost : reason, false);
        }
        catch (Exception exception)
        {
            LogBroken(exception, Id);
            Abort(CloseReason.InternalError);
            return (CloseReason.InternalError, false);
        }
        finally
        {
            await _reader.CompleteAsync();
        }
    }

    /// <returns>The reason of the other side's Close, if one arrived.</returns>
    private CloseReason? Process(ReadResult result, LinkHandlers handlers)
    {
        var buffer = result.Buffer;
        _queue.Hold();
        try
        {
            return _dispatcher.Dispatch(ref buffer, result.IsCompleted, handlers);
        }
        finally
        {
            _metrics.BytesReceived(result.Buffer.Length - buffer.Length);
            // After our Close, read and discard: a socket closed with unread bytes would take the Close back.
            var consumed = _timeouts.IsClosing ? result.Buffer.End : buffer.Start;
            _reader.AdvanceTo(consumed, result.Buffer.End);
            _queue.Release();
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await _writer.RunAsync();
            // The read loop shuts TLS down: see ShutDownAsync.
            Volatile.Write(ref _isAllWritten, 1);
            _reader.CancelPendingRead();
        }
        catch (Exception exception) when (TlsChannel.IsNetworkFailure(exception))
        {
            // Received bytes may still be read, such as a Close with a reason.
            _timeouts.OnWriteFailed();
            _dueChanged();
            _queue.Abandon();
        }
        catch (Exception exception)
        {
            LogBroken(exception, Id);
            Abort(CloseReason.InternalError);
        }
    }

    // TLS close_notify (RFC 8446, section 6.1). Only the read loop may send it: SslStream does not guard it against a
    // read in progress, and OpenSSL, used by two threads at once, breaks the connection or the process.
    private async Task ShutDownAsync()
    {
        if (Interlocked.Exchange(ref _isAllWritten, 0) == 1)
        {
            await _channel.Stream.ShutdownAsync();
        }
    }

    private async Task TryShutDownAsync()
    {
        try
        {
            await ShutDownAsync();
        }
        catch (Exception exception)
        {
            // Usually the other side has closed its socket first.
            if (!TlsChannel.IsNetworkFailure(exception))
            {
                LogBroken(exception, Id);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Link {Link} ended: {Reason}, closed by the other side: {ByRemote}.")]
    private partial void LogEnded(int link, CloseReason reason, bool byRemote);

    [LoggerMessage(LogLevel.Error, "Link {Link} failed with an unexpected error.")]
    private partial void LogBroken(Exception exception, int link);
}
