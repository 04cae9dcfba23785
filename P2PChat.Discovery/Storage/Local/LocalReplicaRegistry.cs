using System.Net;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>For a directory of one replica.</summary>
internal sealed class LocalReplicaRegistry : IReplicaRegistry
{
    public bool IsShared => false;

    public Task AddAsync(
        string replicaId,
        ReplicaAddress address,
        TimeSpan lifetime,
        CancellationToken cancellationToken
    ) => Task.CompletedTask;

    public Task RemoveAsync(string replicaId, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<ReplicaAddress?> FindAsync(string replicaId, CancellationToken cancellationToken) =>
        Task.FromResult<ReplicaAddress?>(null);

    public Task<IPAddress?> FindLocalAddressAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IPAddress?>(null);
}
