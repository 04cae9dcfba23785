using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Relay.Legs;

/// <summary>
/// The two legs of a path session that is relayed. Each leg's request runs one direction. It holds no key and sees only
/// the peers' TLS. Thread-safe.
/// </summary>
internal sealed class RelaySession(RelayOptions options, TimeProvider timeProvider) : IDisposable
{
    /// <summary>How long a peer may take to close its leg after the session's end.</summary>
    public static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _paired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private readonly long _startedAt = timeProvider.GetTimestamp();
    private RelayLeg? _caller;
    private RelayLeg? _callee;
    private int _reason;
    private int _writers;
    private long _seenBytes;
    private long _movedAt = timeProvider.GetTimestamp();

    /// <summary>Cancelled when the session ends.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Why the session has ended; null before.</summary>
    public RelayClose? Reason => Volatile.Read(ref _reason) is not 0 and var reason ? (RelayClose)reason : null;

    /// <summary>Whether both peers have opened their legs.</summary>
    public bool IsPaired => _paired.Task.IsCompletedSuccessfully;

    public TimeSpan Age => timeProvider.GetElapsedTime(_startedAt);

    /// <summary>Bytes in both directions.</summary>
    public long Bytes => (Volatile.Read(ref _caller)?.Bytes ?? 0) + (Volatile.Read(ref _callee)?.Bytes ?? 0);

    public bool HasTooManyBytes => options.BytesPerSession > 0 && Bytes > options.BytesPerSession;

    /// <summary>Ends the session. Only the first reason counts.</summary>
    public void End(RelayClose reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, 0) == 0)
        {
            _ended.Cancel();
            _ = _paired.TrySetCanceled();
        }
    }

    /// <summary>Ends the session if it has reached a limit of time. To be called about once per second.</summary>
    /// <returns>The bytes since the last call.</returns>
    public long CheckTime()
    {
        var moved = TakeBytes();
        if (moved > 0)
        {
            _movedAt = timeProvider.GetTimestamp();
        }

        if (!IsPaired)
        {
            if (Age >= options.Wait)
            {
                End(RelayClose.PeerAbsent);
            }
        }
        else if (Age >= options.Duration)
        {
            End(RelayClose.TooLong);
        }
        else if (timeProvider.GetElapsedTime(_movedAt) >= options.Idle)
        {
            End(RelayClose.Idle);
        }

        return moved;
    }

    /// <returns>The bytes since the last call.</returns>
    public long TakeBytes()
    {
        var bytes = Bytes;
        return bytes - Interlocked.Exchange(ref _seenBytes, bytes);
    }

    /// <summary>Runs one leg to the end of the session.</summary>
    /// <param name="isCaller">Which of the two it is.</param>
    /// <param name="lost">Cancelled if the leg's connection is lost.</param>
    /// <returns>False if the peer has not closed the connection in time, so that it should be aborted.</returns>
    public async Task<bool> RunAsync(bool isCaller, RelayLeg leg, CancellationToken lost)
    {
        var other = await PairAsync(isCaller, leg, lost);
        using var timeout = new CancellationTokenSource();
        if (other is null)
        {
            timeout.CancelAfter(CloseTimeout);
            return await TryAsync(() => leg.CloseAsync(sender: null, Reason!.Value, timeout.Token))
                && await TryAsync(() => leg.DrainAsync(timeout.Token));
        }

        try
        {
            await ForwardAsync(leg, other);
            timeout.CancelAfter(CloseTimeout);
            _ = await TryAsync(() => other.CloseAsync(leg, Reason!.Value, timeout.Token));
        }
        finally
        {
            // Also after an unexpected error, so that the other leg ends.
            End(RelayClose.PeerLeft);
            if (Interlocked.Increment(ref _writers) == 2)
            {
                _written.SetResult();
            }

            // The other leg's request writes to this connection, so this one must not end before.
            await _written.Task;
        }

        return await TryAsync(() => leg.DrainAsync(timeout.Token));
    }

    public void Dispose() => _ended.Dispose();

    /// <returns>The other leg; null if the session ended before it was opened.</returns>
    private async Task<RelayLeg?> PairAsync(bool isCaller, RelayLeg leg, CancellationToken lost)
    {
        ref var self = ref isCaller ? ref _caller : ref _callee;
        ref var other = ref isCaller ? ref _callee : ref _caller;
        Interlocked.Exchange(ref self, leg);
        if (Volatile.Read(ref other) is { } present)
        {
            _paired.TrySetResult();
        }

        await using (lost.UnsafeRegister(session => ((RelaySession)session!).End(RelayClose.PeerLeft), this))
        {
            try
            {
                await _paired.Task;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }

        return isCaller ? _callee : _caller;
    }

    private async Task ForwardAsync(RelayLeg leg, RelayLeg other)
    {
        try
        {
            End(await leg.ForwardAsync(other, this));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection is lost, unless the session has ended before.
            End(RelayClose.PeerLeft);
        }
    }

    private static async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
