using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

/// <summary>
/// Two replicas of the directory on one Redis. Polling is so rare that every signal and event must come from a
/// notification.
/// </summary>
internal sealed class TwoReplicas : IAsyncDisposable
{
    private TwoReplicas(RedisServer redis) => Redis = redis;

    public RedisServer Redis { get; }

    public DirectoryFixture First { get; private set; } = null!;

    public DirectoryFixture Second { get; private set; } = null!;

    /// <param name="settings">For both.</param>
    public static async Task<TwoReplicas> StartAsync(params string[] settings)
    {
        var replicas = new TwoReplicas(await RedisServer.StartAsync());
        replicas.First = await replicas.StartReplicaAsync(settings);
        replicas.Second = await replicas.StartReplicaAsync(settings);
        return replicas;
    }

    /// <summary>Starts one more on the same Redis, which the caller ends.</summary>
    public Task<DirectoryFixture> StartReplicaAsync(params string[] settings) =>
        DirectoryFixture.StartAsync([
            "Directory:PollEvery=00:01:00",
            $"ConnectionStrings:redis={Redis.ConnectionString}",
            .. settings,
        ]);

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
