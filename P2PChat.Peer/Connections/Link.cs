using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Authentication;
using P2PChat.Protocol.Frames;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Links;

namespace P2PChat.Peer.Connections;

/// <summary>Who is told what happens on a link, in order and one at a time.</summary>
/// <param name="Received">
/// Frames have come together that are not the link's own (Ping, Pong, Close); the list is theirs for the call.
/// </param>
/// <param name="Failed">The link must end for what only it can see; the handler closes it.</param>
/// <param name="Ended">Nothing will come any more. The reason is that of the other side's Close, if one came.</param>
internal sealed record LinkHandlers(Action<IReadOnlyList<IncomingFrame>> Received, Action<CloseReason> Failed, Action<CloseReason, bool> Ended);

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
    private readonly WriteQueue _queue;
    private readonly Liveness _liveness;
    private readonly List<IncomingFrame> _received = [];
    private readonly long _origin;
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _place;
    private LinkHandlers? _handlers;
    private long _heard;
    private long _writingSince;
    private long _closingSince;
    private long _brokenSince;
    private int _abortReason;

    /// <param name="place">What it takes among those who have not shown who they are; null if nothing.</param>
    public Link(
        int id, TlsChannel channel, bool dialled, DateTimeOffset startedAt, IDisposable? place,
        LinkOptions options, PeerMetrics metrics, TimeProvider clock, ILogger logger)
    {
        Id = id;
        Dialled = dialled;
        StartedAt = startedAt;
        _channel = channel;
        _place = place;
        _options = options;
        _metrics = metrics;
        _clock = clock;
        _logger = logger;
        _queue = new WriteQueue(options.QueueFrames);
        _origin = clock.GetTimestamp();
        _liveness = new Liveness(options.PingAfter, options.DeadAfter, TimeSpan.Zero);
    }

    public int Id { get; }

    public PeerId Remote => _channel.Remote;

    /// <summary>Frames that wait to be written.</summary>
    public int Queued => _queue.Count;

    /// <summary>Whether this side dialled.</summary>
    public bool Dialled { get; }

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
            _queue.Complete(reason);
    }

    /// <summary>Ends at once.</summary>
    public void Abort() => Abort(CloseReason.ConnectionLost);

    /// <summary>Whether it counts among those who have not shown who they are.</summary>
    public bool HasPlace => Volatile.Read(ref _place) is not null;

    /// <summary>The other side has shown who it is.</summary>
    public void LeavePlace() => Interlocked.Exchange(ref _place, null)?.Dispose();

    /// <summary>Looks after what takes too long; to be called a few times a second.</summary>
    public void Tick()
    {
        var closing = Volatile.Read(ref _closingSince);
        if (closing != 0)
        {
            if (_clock.GetElapsedTime(closing) > _options.CloseTimeout)
                Abort(CloseReason.ConnectionLost);
            return;
        }

        if (Volatile.Read(ref _brokenSince) is var broken and not 0 && _clock.GetElapsedTime(broken) > _options.CloseTimeout)
        {
            Abort(CloseReason.ConnectionLost);
            return;
        }

        if (Volatile.Read(ref _writingSince) is var writing and not 0 && _clock.GetElapsedTime(writing) > _options.WriteTimeout)
        {
            Abort(CloseReason.Overloaded);
            return;
        }

        if (Volatile.Read(ref _heard) is var heard and not 0)
            _liveness.Heard(_clock.GetElapsedTime(_origin, heard));
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

    private async Task RunAsync(LinkHandlers handlers)
    {
        // Whoever dialled had a span; it is not the parent of all that the link will ever do.
        Activity.Current = null;
        var writing = WriteAsync();
        var (reason, byRemote) = await ReadAsync(handlers);
        if (Volatile.Read(ref _closingSince) == 0)
            _queue.Abandon();
        _ = Interlocked.CompareExchange(ref _closingSince, Now(), 0);
        handlers.Ended(reason, byRemote);
        await writing;
        _channel.Dispose();
        LeavePlace();
        LogEnded(Id, reason, byRemote);
        _completed.SetResult();
    }

    private async Task<(CloseReason Reason, bool ByRemote)> ReadAsync(LinkHandlers handlers)
    {
        var reader = PipeReader.Create(_channel.Stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true, useZeroByteReads: true));
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync();
                Volatile.Write(ref _heard, Now());
                if (TakeFrames(reader, result, handlers) is { } close)
                    return (close, true);
                if (result.IsCompleted)
                    return (CloseReason.ConnectionLost, false);
            }
        }
        catch (Exception e) when (IsNetworkFailure(e))
        {
            return (AbortReason, false);
        }
        catch (Exception e)
        {
            LogBroken(e, Id);
            Abort(CloseReason.InternalError);
            return (CloseReason.InternalError, false);
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    /// <returns>The reason of the other side's Close, if it came.</returns>
    private CloseReason? TakeFrames(PipeReader reader, ReadResult result, LinkHandlers handlers)
    {
        var buffer = result.Buffer;
        var length = buffer.Length;
        _queue.Hold();
        try
        {
            var (close, isBad) = (default(CloseReason?), false);
            try
            {
                while (close is null && Volatile.Read(ref _closingSince) == 0 && FrameCodec.TryReadIncoming(ref buffer, out var frame))
                    close = Take(frame);
                if (close is null && result.IsCompleted && !buffer.IsEmpty)
                    throw new FrameException("The stream ended inside a frame.");
            }
            catch (FrameException)
            {
                isBad = true;
            }

            // What came before a Close, or before what is no frame, counts.
            if (_received.Count > 0)
                handlers.Received(_received);
            if (isBad)
                handlers.Failed(CloseReason.BadFrame);
            return close;
        }
        finally
        {
            _received.Clear();
            _metrics.BytesReceived(length - buffer.Length);

            // After our Close nothing counts, but it is read: a socket closed on unread bytes would take our Close back.
            if (Volatile.Read(ref _closingSince) != 0)
                reader.AdvanceTo(result.Buffer.End);
            else
                reader.AdvanceTo(buffer.Start, buffer.End);
            _queue.Release();
        }
    }

    /// <returns>The reason, if it is a Close.</returns>
    private CloseReason? Take(IncomingFrame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Ping:
                _queue.SetPong();
                break;
            case Frame.BodyOneofCase.Pong:
                break;
            case Frame.BodyOneofCase.Close:
                return ReasonOf(frame.Plain!.Close);
            default:
                _received.Add(frame);
                break;
        }

        return null;
    }

    private async Task WriteAsync()
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            var more = true;
            while (more)
            {
                await _queue.WaitAsync();
                more = _queue.Drain(buffer, BytesAWrite);
                if (buffer.WrittenCount == 0)
                    continue;
                Volatile.Write(ref _writingSince, Now());
                await _channel.Stream.WriteAsync(buffer.WrittenMemory);
                Volatile.Write(ref _writingSince, 0);
                _metrics.BytesSent(buffer.WrittenCount);
                if (buffer.Capacity <= KeptBuffer)
                    buffer.ResetWrittenCount();
                else
                    buffer = new ArrayBufferWriter<byte>();
            }

            await _channel.Stream.ShutdownAsync();
        }
        catch (Exception e) when (IsNetworkFailure(e))
        {
            // What came before may still be read: a Close, say, that tells why.
            Volatile.Write(ref _writingSince, 0);
            Volatile.Write(ref _brokenSince, Now());
            _queue.Abandon();
        }
        catch (Exception e)
        {
            LogBroken(e, Id);
            Abort(CloseReason.InternalError);
        }
    }

    private CloseReason AbortReason => Volatile.Read(ref _abortReason) is var reason and not 0 ? (CloseReason)reason : CloseReason.ConnectionLost;

    private void Abort(CloseReason reason)
    {
        _ = Interlocked.CompareExchange(ref _abortReason, (int)reason, 0);
        _queue.Abandon();
        _channel.Abort();
    }

    // Never 0, which stands for 'not at all'.
    private long Now() => _clock.GetTimestamp() | 1;

    // A reason that is not sent, or not known here, is the end all the same.
    private static CloseReason ReasonOf(Close close) =>
        Enum.IsDefined(close.Reason) && close.Reason != CloseReason.ConnectionLost ? close.Reason : CloseReason.Unspecified;

    private static bool IsNetworkFailure(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException;

    [LoggerMessage(LogLevel.Debug, "Link {Link} has ended: {Reason}, by the other side: {ByRemote}.")]
    private partial void LogEnded(int link, CloseReason reason, bool byRemote);

    [LoggerMessage(LogLevel.Error, "Link {Link} is broken by a fault of this peer's own.")]
    private partial void LogBroken(Exception exception, int link);
}
