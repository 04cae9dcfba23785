using System.Threading.RateLimiting;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;
using P2PChat.ServiceDefaults.RateLimits;

namespace P2PChat.Discovery.RateLimits;

/// <summary>
/// Token buckets by key, from which a token can also be held while it is not known yet whether it will be spent. What is held
/// nobody else can spend, so that no more are spent than there are. Thread-safe.
/// </summary>
/// <param name="name">The limit's name in metrics.</param>
internal sealed class Budget(RateLimit limit, string name, DirectoryMetrics metrics) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _limiter = LazyRateLimiter.Create<string, string>(key =>
        RateLimiting.Partition(key, limit)
    );
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _held = new(StringComparer.Ordinal);

    /// <exception cref="ProblemException">There is none left, or others hold what is.</exception>
    public void Spend(string key)
    {
        lock (_gate)
        {
            if (!_held.ContainsKey(key))
            {
                using var lease = _limiter.AttemptAcquire(key);
                if (lease.IsAcquired)
                {
                    return;
                }

                throw Refused(RateLimiting.RetryAfter(lease));
            }

            // Whoever holds one is at the store with it, and soon back.
            if (!TryHold(key))
            {
                throw Refused(TimeSpan.FromSeconds(1));
            }

            Return(key, isSpent: true);
        }
    }

    /// <param name="leaves">How many must be left to those who spend at once.</param>
    /// <returns>Whether there was one. Then it must be returned.</returns>
    public bool TryHold(string key, int leaves = 0)
    {
        lock (_gate)
        {
            var held = _held.GetValueOrDefault(key);
            if ((_limiter.GetStatistics(key)?.CurrentAvailablePermits ?? 0) <= held + leaves)
            {
                return false;
            }

            _held[key] = held + 1;
            return true;
        }
    }

    /// <summary>Ends a hold.</summary>
    public void Return(string key, bool isSpent)
    {
        lock (_gate)
        {
            if (_held[key] == 1)
            {
                _held.Remove(key);
            }
            else
            {
                _held[key]--;
            }

            if (isSpent)
            {
                _limiter.AttemptAcquire(key).Dispose();
            }
        }
    }

    public void Dispose() => _limiter.Dispose();

    private ProblemException Refused(TimeSpan retryAfter)
    {
        metrics.RateLimited(name);
        return new ProblemException(Problems.TooManyRequests(retryAfter));
    }
}
