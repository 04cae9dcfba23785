using P2PChat.Discovery.Storage.Files;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>A directory without Redis has a single replica.</summary>
internal sealed class LocalFolderReplicas(ILocalData data) : IFolderReplicas
{
    private const string FolderKey = "files-folder";

    public Task<string?> FindFolderAsync(CancellationToken cancellationToken) =>
        Task.FromResult(data.Run(_ => data.Find(FolderKey)));

    public Task<string> KeepFolderAsync(string token, bool replace, CancellationToken cancellationToken) =>
        Task.FromResult(
            data.Run(_ =>
            {
                if (replace)
                {
                    data.Replace(FolderKey, token);
                }

                return data.Keep(FolderKey, token);
            })
        );

    public Task<IReadOnlyList<ReplicaMark>> JoinAsync(
        ReplicaMark own,
        IReadOnlyCollection<ReplicaMark> found,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<ReplicaMark>>([]);

    public Task LeaveAsync(string file, CancellationToken cancellationToken) => Task.CompletedTask;
}
