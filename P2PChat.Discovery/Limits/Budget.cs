using System.Threading.RateLimiting;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.ServiceDefaults.RateLimits;

namespace P2PChat.Discovery.Limits;

/// <summary>A token bucket per key. Thread-safe.</summary>
/// <param name="name">The limit's name in metrics.</param>
internal sealed class Budget(RateLimit limit, string name, DirectoryMetrics metrics) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _limiter = LazyRateLimiter.Create<string, string>(key =>
        RateLimiting.Partition(key, limit)
    );

    /// <exception cref="ProblemException">The key's bucket is empty.</exception>
    public void Spend(string key)
    {
        using var lease = _limiter.AttemptAcquire(key);
        if (!lease.IsAcquired)
        {
            metrics.RateLimited(name);
            throw new ProblemException(Problems.TooManyRequests(RateLimiting.RetryAfter(lease)));
        }
    }

    public void Dispose() => _limiter.Dispose();
}
