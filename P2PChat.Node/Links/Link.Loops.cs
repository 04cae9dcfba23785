using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Authentication;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>The loop that reads and the one that writes.</summary>
internal sealed partial class Link
{
    private async Task RunAsync(LinkHandlers handlers)
    {
        // Whoever dialled had a span; it is not the parent of all that the link will ever do.
        Activity.Current = null;
        var writing = WriteAsync();
        var (reason, byRemote) = await ReadAsync(handlers);
        if (Volatile.Read(ref _closingSince) == 0)
        {
            _queue.Abandon();
        }

        _ = Interlocked.CompareExchange(ref _closingSince, Now(), 0);
        _changed();
        handlers.Ended(reason, byRemote);
        await writing;
        if (!_isReadBroken)
        {
            await TryShutDownAsync();
        }

        _channel.Dispose();
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
                    Volatile.Write(ref _heard, Now());
                    if (Volatile.Read(ref _sign) is not null)
                    {
                        Interlocked.Exchange(ref _sign, null)?.SetResult();
                    }
                }

                if (TakeFrames(result, handlers) is { } close)
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
        catch (Exception e) when (IsNetworkFailure(e))
        {
            _isReadBroken = true;
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
            await _reader.CompleteAsync();
        }
    }

    /// <returns>The reason of the other side's Close, if it came.</returns>
    private CloseReason? TakeFrames(ReadResult result, LinkHandlers handlers)
    {
        var buffer = result.Buffer;
        var length = buffer.Length;
        _queue.Hold();
        try
        {
            var (close, isBad) = (default(CloseReason?), false);
            try
            {
                while (
                    close is null
                    && Volatile.Read(ref _closingSince) == 0
                    && FrameCodec.TryReadIncoming(ref buffer, out var frame)
                )
                {
                    close = Take(frame);
                }

                if (close is null && result.IsCompleted && !buffer.IsEmpty)
                {
                    throw new FrameException("The stream ended inside a frame.");
                }
            }
            catch (FrameException)
            {
                isBad = true;
            }

            // What came before a Close, or before what is no frame, counts.
            if (_received.Count > 0)
            {
                handlers.Received(_received);
            }

            if (isBad)
            {
                handlers.Failed(CloseReason.BadFrame);
            }

            return close;
        }
        finally
        {
            _received.Clear();
            _metrics.BytesReceived(length - buffer.Length);

            // After our Close nothing counts, but it is read: a socket closed on unread bytes would take our Close back.
            if (Volatile.Read(ref _closingSince) != 0)
            {
                _reader.AdvanceTo(result.Buffer.End);
            }
            else
            {
                _reader.AdvanceTo(buffer.Start, buffer.End);
            }

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
                {
                    continue;
                }

                Volatile.Write(ref _writingSince, Now());
                _changed();
                await _channel.Stream.WriteAsync(buffer.WrittenMemory);
                Volatile.Write(ref _writingSince, 0);
                _metrics.BytesSent(buffer.WrittenCount);
                if (buffer.Capacity <= KeptBuffer)
                {
                    buffer.ResetWrittenCount();
                }
                else
                {
                    buffer = new ArrayBufferWriter<byte>();
                }
            }

            // The one that reads says so: see ShutDownAsync.
            Volatile.Write(ref _isAllWritten, 1);
            _reader.CancelPendingRead();
        }
        catch (Exception e) when (IsNetworkFailure(e))
        {
            // What came before may still be read: a Close, say, that tells why.
            Volatile.Write(ref _writingSince, 0);
            Volatile.Write(ref _brokenSince, Now());
            _changed();
            _queue.Abandon();
        }
        catch (Exception e)
        {
            LogBroken(e, Id);
            Abort(CloseReason.InternalError);
        }
    }

    // TLS's own end, after all that was written (RFC 8446, section 6.1). Where a read is under way it must not be said: SslStream
    // guards reads and writes against each other, but not this, and OpenSSL, used by two threads at once, breaks the connection,
    // or the process.
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
        catch (Exception e)
        {
            // Mostly the other side has gone first, and needs no goodbye.
            if (!IsNetworkFailure(e))
            {
                LogBroken(e, Id);
            }
        }
    }

    // A reason that is not sent, or not known here, is the end all the same.
    private static CloseReason ReasonOf(Close close) =>
        Enum.IsDefined(close.Reason) && close.Reason != CloseReason.ConnectionLost
            ? close.Reason
            : CloseReason.Unspecified;

    private static bool IsNetworkFailure(Exception e) =>
        e
            is IOException
                or SocketException
                or ObjectDisposedException
                or OperationCanceledException
                or AuthenticationException;
}
