namespace P2PChat.Tests.Infrastructure;

public sealed class RedisServerTests
{
    [Fact]
    public async Task Killed_server_restarts_on_its_port_with_or_without_data()
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
    public async Task Options_that_Redis_rejects_are_reported()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RedisServer.StartAsync("--nonsense", "yes")
        );

        Assert.Contains("nonsense", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_nodes_form_a_complete_cluster()
    {
        await using var cluster = await RedisCluster.StartAsync();

        Assert.Contains(
            "cluster_size:3",
            await cluster.Nodes[2].SendAsync("CLUSTER", "INFO"),
            StringComparison.Ordinal
        );
    }
}
