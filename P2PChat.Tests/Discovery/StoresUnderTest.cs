using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery;

/// <summary>A store for the contracts of the directory.</summary>
public interface IStoreUnderTest
{
    /// <summary>Empties the store.</summary>
    /// <returns>The settings that make a directory use it.</returns>
    Task<string[]> PrepareAsync();
}

public sealed class MemoryStore : IStoreUnderTest
{
    public Task<string[]> PrepareAsync() => Task.FromResult<string[]>([]);
}

public sealed class SqliteStore : IStoreUnderTest, IDisposable
{
    private readonly TempDirectory _directory = new();
    private int _prepared;

    public void Dispose() => _directory.Dispose();

    public Task<string[]> PrepareAsync() =>
        Task.FromResult<string[]>([$"Directory:Data={Path.Combine(_directory.Path, $"{++_prepared}")}"]);
}

public sealed class RedisStore : IStoreUnderTest, IAsyncLifetime
{
    public RedisServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    public async Task<string[]> PrepareAsync()
    {
        await Server.SendAsync("FLUSHALL");
        return [$"ConnectionStrings:redis={Server.ConnectionString}", DirectoryFixture.PatientWithStore];
    }
}

/// <summary>One cluster for all contracts, because it is slow to start.</summary>
public sealed class RedisClusterStore : IStoreUnderTest, IAsyncLifetime
{
    public const string Collection = "Directory on a Redis Cluster";

    private RedisCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await RedisCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    public async Task<string[]> PrepareAsync()
    {
        foreach (var node in _cluster.Nodes)
        {
            await node.SendAsync("FLUSHALL");
        }

        return [$"ConnectionStrings:redis={_cluster.ConnectionString}", DirectoryFixture.PatientWithStore];
    }
}

[CollectionDefinition(RedisClusterStore.Collection)]
public sealed class RedisClusterDefinition : ICollectionFixture<RedisClusterStore>;
