namespace P2PChat.Discovery.Peers.Redis;

/// <summary>
/// Makes one call of many: while one is under way, those that come gather, and go together when it is back. Whoever comes
/// when none is under way goes at once. Thread-safe.
/// </summary>
/// <typeparam name="TCall">What one caller asks.</typeparam>
/// <typeparam name="TResult">What it is told.</typeparam>
/// <param name="send">Sends some, and gives the answers in their order. May be asked again for those of a call that failed.</param>
/// <param name="isOfOne">Whether a failure may be due to a single one of those that were sent together: then each is sent alone.</param>
internal sealed class CallCombiner<TCall, TResult>(
    Func<IReadOnlyList<TCall>, Task<TResult[]>> send,
    Func<Exception, bool> isOfOne
)
{
    /// <summary>More than these wait for the next but one: a script holds up all others that Redis serves.</summary>
    public const int MaxTogether = 128;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _underWay;

    // What waits goes on where it is told, see Deliver.
    private sealed class Waiting(TCall call) : TaskCompletionSource<TResult>
    {
        public TCall Call => call;
    }

    /// <summary>Tells some of those who wait, one after the other: a work item for each would cost more than most have left to do.</summary>
    private sealed class Delivery(ArraySegment<Waiting> to, ArraySegment<TResult> results, Exception? failure)
        : IThreadPoolWorkItem
    {
        public void Execute()
        {
            for (var i = 0; i < to.Count; i++)
            {
                _ = failure is null ? to[i].TrySetResult(results[i]) : to[i].TrySetException(failure);
            }
        }
    }

    /// <param name="cancellation">Ends the waiting; the call is made all the same.</param>
    public Task<TResult> CallAsync(TCall call, CancellationToken cancellation)
    {
        var waiting = new Waiting(call);
        bool goes;
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
            goes = !_underWay;
            _underWay = true;
        }

        if (goes)
        {
            // It goes on for others when this one has long been answered: nothing of this caller's shall stay with it.
            using (ExecutionContext.SuppressFlow())
            {
                _ = SendAsync();
            }
        }

        return cancellation.CanBeCanceled ? waiting.Task.WaitAsync(cancellation) : waiting.Task;
    }

    private async Task SendAsync()
    {
        while (Take() is { } together)
        {
            await SendAsync(together);
        }
    }

    private Waiting[]? Take()
    {
        lock (_gate)
        {
            _underWay = _waiting.Count > 0;
            if (!_underWay)
            {
                return null;
            }

            var together = new Waiting[Math.Min(_waiting.Count, MaxTogether)];
            for (var i = 0; i < together.Length; i++)
            {
                together[i] = _waiting.Dequeue();
            }

            return together;
        }
    }

    private async Task SendAsync(Waiting[] together)
    {
        try
        {
            var results = await send(Array.ConvertAll(together, waiting => waiting.Call));
            Deliver(together, results, failure: null);
        }
        catch (Exception exception) when (together.Length > 1 && isOfOne(exception))
        {
            await Task.WhenAll(together.Select(waiting => SendAsync([waiting])));
        }
        catch (Exception exception)
        {
            Deliver(together, new TResult[together.Length], exception);
        }
    }

    // On as many threads as there are processors; this one sends the next meanwhile.
    private static void Deliver(Waiting[] together, TResult[] results, Exception? failure)
    {
        var size = (together.Length + Environment.ProcessorCount - 1) / Environment.ProcessorCount;
        for (var from = 0; from < together.Length; from += size)
        {
            var count = Math.Min(size, together.Length - from);
            _ = ThreadPool.UnsafeQueueUserWorkItem(
                new Delivery(new(together, from, count), new(results, from, count), failure),
                preferLocal: false
            );
        }
    }
}
