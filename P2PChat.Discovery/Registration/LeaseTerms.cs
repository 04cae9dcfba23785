using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Registration;

/// <summary>Computes the lease times that peers are given.</summary>
internal sealed class LeaseTerms(IOptions<DirectoryOptions> options)
{
    /// <summary>
    /// Seconds until the next renewal, with jitter so that peers that registered together spread out.
    /// </summary>
    public double RenewAfterSeconds()
    {
        var jitter = options.Value.RenewJitter * (2 * Random.Shared.NextDouble() - 1);
        return Math.Round(options.Value.RenewEvery.TotalSeconds * (1 + jitter), 3);
    }

    /// <summary>When a lease with this end was started or last renewed.</summary>
    public DateTimeOffset LastSeen(DateTimeOffset expiresAt) => expiresAt - options.Value.Lease;
}
