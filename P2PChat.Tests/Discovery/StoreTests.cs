using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

public sealed class MemoryDirectoryTests : DirectoryContract
{
    protected override Task<string[]> PrepareStoreAsync() => Task.FromResult<string[]>([]);
}

public sealed class RedisDirectoryTests(RedisDirectoryTests.Redis redis)
    : DirectoryContract,
        IClassFixture<RedisDirectoryTests.Redis>
{
    protected override async Task<string[]> PrepareStoreAsync()
    {
        await redis.Server.SendAsync("FLUSHALL");
        return [$"ConnectionStrings:redis={redis.Server.ConnectionString}", DirectoryFixture.PatientWithStore];
    }

    public sealed class Redis : IAsyncLifetime
    {
        public RedisServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await RedisServer.StartAsync();

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}

public sealed class RedisClusterDirectoryTests(RedisClusterDirectoryTests.Cluster cluster)
    : DirectoryContract,
        IClassFixture<RedisClusterDirectoryTests.Cluster>
{
    protected override async Task<string[]> PrepareStoreAsync()
    {
        foreach (var node in cluster.Nodes.Nodes)
        {
            await node.SendAsync("FLUSHALL");
        }

        return [$"ConnectionStrings:redis={cluster.Nodes.ConnectionString}", DirectoryFixture.PatientWithStore];
    }

    public sealed class Cluster : IAsyncLifetime
    {
        public RedisCluster Nodes { get; private set; } = null!;

        public async Task InitializeAsync() => Nodes = await RedisCluster.StartAsync();

        public async Task DisposeAsync() => await Nodes.DisposeAsync();
    }
}
