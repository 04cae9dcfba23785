using Microsoft.Extensions.Options;

namespace P2PChat.Discovery.Peers;

/// <summary>What peers are told about their leases.</summary>
internal sealed class LeaseTerms(IOptions<DirectoryOptions> options)
{
    /// <summary>Another number for each answer, so that those who came at once do not renew at once for ever.</summary>
    public double RenewAfterSeconds()
    {
        var jitter = options.Value.RenewJitter * (2 * Random.Shared.NextDouble() - 1);
        return Math.Round(options.Value.RenewEvery.TotalSeconds * (1 + jitter), 3);
    }

    /// <summary>When a lease that ends then was begun or renewed.</summary>
    public DateTimeOffset LastSeen(DateTimeOffset expiresAt) => expiresAt - options.Value.Lease;
}
