namespace P2PChat.Tests.Infrastructure;

public sealed class RedisServerTests
{
    [Fact]
    public async Task A_killed_server_comes_back_on_its_port_with_its_data_or_without()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.SendAsync("SET", "key", "value");

        await redis.KillAsync();
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => redis.SendAsync("PING"));

        await redis.RestartAsync(keepData: true);
        Assert.Equal("value", await redis.SendAsync("GET", "key"));

        await redis.RestartAsync(keepData: false);
        Assert.Equal("", await redis.SendAsync("GET", "key"));
    }

    [Fact]
    public async Task Options_that_redis_refuses_are_told()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RedisServer.StartAsync("--nonsense", "yes")
        );

        Assert.Contains("nonsense", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_nodes_make_a_whole_cluster()
    {
        await using var cluster = await RedisCluster.StartAsync();

        Assert.Contains(
            "cluster_size:3",
            await cluster.Nodes[2].SendAsync("CLUSTER", "INFO"),
            StringComparison.Ordinal
        );
    }
}
