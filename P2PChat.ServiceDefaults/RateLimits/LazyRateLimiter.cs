using System.Threading.RateLimiting;

namespace P2PChat.ServiceDefaults.RateLimits;

/// <summary>Creates a <see cref="LazyRateLimiter{TResource, TKey}"/>.</summary>
public static class LazyRateLimiter
{
    /// <param name="partitioner">See <see cref="PartitionedRateLimiter.Create"/>.</param>
    public static PartitionedRateLimiter<TResource> Create<TResource, TKey>(
        Func<TResource, RateLimitPartition<TKey>> partitioner
    )
        where TKey : notnull => new LazyRateLimiter<TResource, TKey>(partitioner, TimeProvider.System);
}

/// <summary>
/// A partitioned rate limiter without a timer: limiters are replenished, and idle ones removed, on use. The framework's
/// limiter wakes its process ten times per second. Requests are never queued. Thread-safe.
/// </summary>
public sealed class LazyRateLimiter<TResource, TKey>(
    Func<TResource, RateLimitPartition<TKey>> partitioner,
    TimeProvider timeProvider
) : PartitionedRateLimiter<TResource>
    where TKey : notnull
{
    /// <summary>How long an idle limiter is kept.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<TKey, RateLimiter> _limiters = [];
    private long _lastSweep = timeProvider.GetTimestamp();

    /// <summary>Number of keys that have a limiter.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _limiters.Count;
            }
        }
    }

    public override RateLimiterStatistics? GetStatistics(TResource resource)
    {
        var partition = partitioner(resource);
        lock (_gate)
        {
            return Find(partition).GetStatistics();
        }
    }

    protected override RateLimitLease AttemptAcquireCore(TResource resource, int permitCount)
    {
        var partition = partitioner(resource);
        lock (_gate)
        {
            return Find(partition).AttemptAcquire(permitCount);
        }
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(
        TResource resource,
        int permitCount,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult(AttemptAcquireCore(resource, permitCount));

    private RateLimiter Find(RateLimitPartition<TKey> partition)
    {
        RemoveIdle();
        if (!_limiters.TryGetValue(partition.PartitionKey, out var limiter))
        {
            _limiters.Add(partition.PartitionKey, limiter = partition.Factory(partition.PartitionKey));
        }

        Replenish(limiter);
        return limiter;
    }

    private void RemoveIdle()
    {
        if (timeProvider.GetElapsedTime(_lastSweep) < IdleTimeout)
        {
            return;
        }

        _lastSweep = timeProvider.GetTimestamp();
        foreach (var (key, limiter) in _limiters)
        {
            Replenish(limiter);
            // Not disposed, because one of its leases may still be in use.
            if (limiter.IdleDuration > IdleTimeout)
            {
                _ = _limiters.Remove(key);
            }
        }
    }

    private static void Replenish(RateLimiter limiter)
    {
        if (limiter is ReplenishingRateLimiter replenishing)
        {
            _ = replenishing.TryReplenish();
        }
    }
}
