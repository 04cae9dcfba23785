using P2PChat.Discovery.Storage.Files;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>Keeps the replicas that share the folder in the hash <c>{p2pchat:files}:replicas</c>.</summary>
internal sealed class RedisFolderReplicas(RedisConnection connection) : IFolderReplicas
{
    private const long LifetimeMilliseconds = 60_000;

    private static readonly RedisKey[] Keys = ["{p2pchat:files}:replicas"];
    private static readonly RedisScript Script = RedisScript.Standalone("fileshare");

    public async Task<IReadOnlyList<string>> JoinAsync(
        string file,
        IReadOnlyCollection<string> found,
        CancellationToken cancellationToken
    )
    {
        var reply = await connection.EvaluateAsync(
            Script,
            Keys,
            cancellationToken,
            [file, LifetimeMilliseconds, .. found.Select(other => (RedisValue)other)]
        );
        return [.. Enumerable.Range(0, reply.Count).Select(reply.Text)];
    }
}
