using P2PChat.Discovery.Storage.Files;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>A directory without Redis has a single replica.</summary>
internal sealed class LocalFolderReplicas : IFolderReplicas
{
    public Task<IReadOnlyList<string>> JoinAsync(
        string file,
        IReadOnlyCollection<string> found,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<string>>([]);
}
