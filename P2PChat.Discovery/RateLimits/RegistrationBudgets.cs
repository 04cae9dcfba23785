using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;

namespace P2PChat.Discovery.RateLimits;

/// <summary>The limits that need to know who registers and what: they come after the signature.</summary>
internal sealed class RegistrationBudgets(IOptions<DirectoryOptions> options, DirectoryMetrics metrics) : IDisposable
{
    private readonly bool _enabled = options.Value.RateLimits.Enabled;
    private readonly PartitionedRateLimiter<string> _identity = Create(options.Value.RateLimits.Identity);
    private readonly PartitionedRateLimiter<string> _newNames = Create(options.Value.RateLimits.NewNames);
    private readonly PartitionedRateLimiter<string> _returns = Create(options.Value.RateLimits.Returns);

    /// <exception cref="ProblemException">Too many registrations or leaves by one key.</exception>
    public void SpendOnIdentity(string peerId) => Spend(_identity, peerId, "identity");

    /// <exception cref="ProblemException">Too many names newly claimed by one address.</exception>
    public void SpendOnNewName(string address) => Spend(_newNames, address, "new-names");

    /// <exception cref="ProblemException">Too many owners came back from one address.</exception>
    public void SpendOnReturn(string address) => Spend(_returns, address, "returns");

    public void Dispose()
    {
        _identity.Dispose();
        _newNames.Dispose();
        _returns.Dispose();
    }

    private void Spend(PartitionedRateLimiter<string> limiter, string key, string limit)
    {
        if (!_enabled)
            return;
        using var lease = limiter.AttemptAcquire(key);
        if (lease.IsAcquired)
            return;
        metrics.RateLimited(limit);
        throw new ProblemException(Problems.TooManyRequests(RateLimiting.RetryAfter(lease)));
    }

    private static PartitionedRateLimiter<string> Create(RateLimit limit) =>
        PartitionedRateLimiter.Create<string, string>(key => RateLimiting.Partition(key, limit));
}
