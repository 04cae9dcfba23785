using System.Net;

namespace P2PChat.Discovery.Storage;

/// <summary>Where the other replicas reach a replica.</summary>
/// <param name="Secret">Known to replicas only, because only they can read the store.</param>
internal sealed record ReplicaAddress(Uri Address, string Secret);

/// <summary>The replicas of this directory that are running.</summary>
internal interface IReplicaRegistry
{
    /// <summary>Whether there can be other replicas.</summary>
    bool IsShared { get; }

    /// <summary>Adds a replica, or keeps it for longer.</summary>
    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    Task AddAsync(string replicaId, ReplicaAddress address, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    Task RemoveAsync(string replicaId, CancellationToken cancellationToken);

    /// <returns>Null if no such replica is running.</returns>
    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    Task<ReplicaAddress?> FindAsync(string replicaId, CancellationToken cancellationToken);

    /// <summary>
    /// This machine's address on the network of the store, on which the other replicas are too. Null if it is unknown.
    /// </summary>
    Task<IPAddress?> FindLocalAddressAsync(CancellationToken cancellationToken);
}
