namespace P2PChat.Tests.Discovery;

public sealed class MemoryMailboxTests : MailboxContract
{
    protected override Task<string[]> PrepareStoreAsync() => Task.FromResult<string[]>([]);
}

public sealed class RedisMailboxTests(RedisDirectoryTests.Redis redis)
    : MailboxContract,
        IClassFixture<RedisDirectoryTests.Redis>
{
    protected override async Task<string[]> PrepareStoreAsync()
    {
        await redis.Server.SendAsync("FLUSHALL");
        return [$"ConnectionStrings:redis={redis.Server.ConnectionString}", DirectoryFixture.PatientWithStore];
    }
}

public sealed class RedisClusterMailboxTests(RedisClusterDirectoryTests.Cluster cluster)
    : MailboxContract,
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
}
