using P2PChat.Discovery.Storage.Files;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>
/// Keeps the folder's token in <c>{p2pchat:files}:folder</c>, and the replicas that share it in the hash
/// <c>{p2pchat:files}:replicas</c>.
/// </summary>
internal sealed class RedisFolderReplicas(RedisConnection connection) : IFolderReplicas
{
    private const long LifetimeMilliseconds = 60_000;

    private static readonly RedisKey FolderKey = "{p2pchat:files}:folder";
    private static readonly RedisKey[] Keys = ["{p2pchat:files}:replicas"];
    private static readonly RedisScript Script = RedisScript.Standalone("fileshare");

    public Task<string?> FindFolderAsync(CancellationToken cancellationToken) =>
        connection.CallAsync(async database => (string?)await database.StringGetAsync(FolderKey), cancellationToken);

    public async Task<string> KeepFolderAsync(string token, bool replace, CancellationToken cancellationToken)
    {
        _ = await connection.CallAsync(
            database => database.StringSetAsync(FolderKey, token, when: replace ? When.Always : When.NotExists),
            cancellationToken
        );
        return await FindFolderAsync(cancellationToken) ?? token;
    }

    public async Task<IReadOnlyList<ReplicaMark>> JoinAsync(
        ReplicaMark own,
        IReadOnlyCollection<ReplicaMark> found,
        CancellationToken cancellationToken
    )
    {
        var reply = await connection.EvaluateAsync(
            Script,
            Keys,
            cancellationToken,
            [own.File, own.Nonce, LifetimeMilliseconds, .. found.Select(other => (RedisValue)TextOf(other))]
        );
        return
        [
            .. Enumerable
                .Range(0, reply.Count / 2)
                .Select(i => new ReplicaMark(reply.Text(2 * i), reply.Text((2 * i) + 1))),
        ];
    }

    public Task LeaveAsync(string file, CancellationToken cancellationToken) =>
        connection.CallAsync(database => database.HashDeleteAsync(Keys[0], file), cancellationToken);

    private static string TextOf(ReplicaMark mark) => $"{mark.File} {mark.Nonce}";
}
