namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Batches concurrent requests: those made while a batch is in flight go out together in the next one. A request made
/// while none is in flight goes out at once. Thread-safe.
/// </summary>
/// <param name="send">
/// Sends a batch and returns the results in the same order. Called again for requests of a failed batch.
/// </param>
/// <param name="mayConcernOne">
/// Whether an error may concern a single request. If so, each is sent again by itself.
/// </param>
internal sealed class RequestBatcher<TRequest, TResult>(
    Func<IReadOnlyList<TRequest>, Task<TResult[]>> send,
    Func<Exception, bool> mayConcernOne
)
{
    /// <summary>Maximum size of a batch, because Redis serves no other call while a script runs.</summary>
    public const int MaxBatch = 128;

    private readonly Lock _gate = new();
    private readonly Queue<PendingRequest> _pending = new();
    private bool _inFlight;

    // Continuations run synchronously, on the threads that Deliver chooses.
    private sealed class PendingRequest(TRequest request) : TaskCompletionSource<TResult>
    {
        public TRequest Request => request;
    }

    /// <summary>
    /// Completes several requests in one work item, because one per request would cost more than it gains.
    /// </summary>
    private sealed class Delivery(
        ArraySegment<PendingRequest> requests,
        ArraySegment<TResult> results,
        Exception? failure
    ) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            for (var i = 0; i < requests.Count; i++)
            {
                _ = failure is null ? requests[i].TrySetResult(results[i]) : requests[i].TrySetException(failure);
            }
        }
    }

    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Stops waiting; the request is sent anyway.</param>
    public Task<TResult> SendAsync(TRequest request, CancellationToken cancellationToken)
    {
        var pending = new PendingRequest(request);
        bool starts;
        lock (_gate)
        {
            _pending.Enqueue(pending);
            starts = !_inFlight;
            _inFlight = true;
        }

        if (starts)
        {
            // The loop also serves later callers, so it must not keep this caller's execution context.
            using (ExecutionContext.SuppressFlow())
            {
                _ = SendPendingAsync();
            }
        }

        return cancellationToken.CanBeCanceled ? pending.Task.WaitAsync(cancellationToken) : pending.Task;
    }

    private async Task SendPendingAsync()
    {
        while (TakeBatch() is { } batch)
        {
            await SendBatchAsync(batch);
        }
    }

    private PendingRequest[]? TakeBatch()
    {
        lock (_gate)
        {
            _inFlight = _pending.Count > 0;
            if (!_inFlight)
            {
                return null;
            }

            var batch = new PendingRequest[Math.Min(_pending.Count, MaxBatch)];
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = _pending.Dequeue();
            }

            return batch;
        }
    }

    private async Task SendBatchAsync(PendingRequest[] batch)
    {
        try
        {
            var results = await send(Array.ConvertAll(batch, pending => pending.Request));
            Deliver(batch, results, failure: null);
        }
        catch (Exception exception) when (batch.Length > 1 && mayConcernOne(exception))
        {
            await Task.WhenAll(batch.Select(pending => SendBatchAsync([pending])));
        }
        catch (Exception exception)
        {
            Deliver(batch, new TResult[batch.Length], exception);
        }
    }

    // Uses one thread per processor; this thread sends the next batch meanwhile.
    private static void Deliver(PendingRequest[] batch, TResult[] results, Exception? failure)
    {
        var size = (batch.Length + Environment.ProcessorCount - 1) / Environment.ProcessorCount;
        for (var from = 0; from < batch.Length; from += size)
        {
            var count = Math.Min(size, batch.Length - from);
            _ = ThreadPool.UnsafeQueueUserWorkItem(
                new Delivery(new(batch, from, count), new(results, from, count), failure),
                preferLocal: false
            );
        }
    }
}
