using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

[Collection(Topology.Name)]
public sealed class AppTests(AppHostFixture app)
{
    [Theory]
    [InlineData("discovery")]
    [InlineData("alice")]
    [InlineData("bob")]
    [InlineData("echo")]
    public async Task Each_service_answers_for_its_health(string resource)
    {
        using var client = app.CreateClient(resource);

        using var health = await client.GetAsync(new Uri("/health", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("bob")]
    [InlineData("echo")]
    public async Task Each_peer_runs_under_its_name_and_is_in_the_directory(string username)
    {
        using var peer = await app.CreatePeerClientAsync(username);
        using var discovery = app.CreateClient("discovery");

        var status = await peer.GetFromJsonAsync<JsonElement>(new Uri("/api/status", UriKind.Relative));
        var entry = await discovery.GetFromJsonAsync<JsonElement>(new Uri($"/peers/{username}", UriKind.Relative));

        Assert.Equal(username, status.GetProperty("username").GetString());
        Assert.Equal(status.GetProperty("peerId").GetString(), entry.GetProperty("peerId").GetString());
        Assert.True(entry.GetProperty("online").GetBoolean());
    }

    [Fact]
    public async Task Redis_asks_for_its_password()
    {
        var port = await RedisPortAsync(app.App);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Resp.SendAsync(port, "PING"));

        Assert.Contains("NOAUTH", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ended_it_leaves_no_process_and_no_redis_behind()
    {
        var run = Guid.NewGuid().ToString();
        var dataRoot = Directory.CreateTempSubdirectory("p2pchat-peers-").FullName;
        int redisPort;
        using var timeout = new CancellationTokenSource(AppHostFixture.StartTimeout);
        await using (var other = await AppHostFixture.BuildAsync(
            ["Redis:Mode=process", $"Peers:DataRoot={dataRoot}"], run, new Dictionary<string, string>(), timeout.Token))
        {
            await other.StartAsync(timeout.Token);
            foreach (var resource in (string[])["redis", "alice", "bob", "echo"])
                await other.ResourceNotifications.WaitForResourceHealthyAsync(resource, WaitBehavior.StopOnResourceUnavailable, timeout.Token);
            Assert.True(MarkedProcesses.With((AppHostFixture.Mark, run)).Count >= 4);
            redisPort = await RedisPortAsync(other);
            Assert.False(LoopbackPort.IsFree(redisPort));

            await other.StopAsync(timeout.Token);
        }

        await Eventually.True(
            () => MarkedProcesses.With((AppHostFixture.Mark, run)).Count == 0 && LoopbackPort.IsFree(redisPort),
            within: TimeSpan.FromSeconds(30), "every process has ended");
        Directory.Delete(dataRoot, recursive: true);
    }

    [Fact]
    public async Task Without_redis_there_is_none()
    {
        var run = Guid.NewGuid().ToString();
        using var timeout = new CancellationTokenSource(AppHostFixture.StartTimeout);
        await using var other = await AppHostFixture.BuildAsync(
            ["Redis:Mode=none", "Peers:Names="], run, new Dictionary<string, string>(), timeout.Token);

        await other.StartAsync(timeout.Token);
        await other.ResourceNotifications.WaitForResourceHealthyAsync("discovery", WaitBehavior.StopOnResourceUnavailable, timeout.Token);

        var names = MarkedProcesses.With((AppHostFixture.Mark, run), ("OTEL_SERVICE_NAME", "discovery"));
        Assert.Equal(names, MarkedProcesses.With((AppHostFixture.Mark, run)));
    }

    private static async Task<int> RedisPortAsync(DistributedApplication app)
    {
        var hostPortAndPassword = await app.GetConnectionStringAsync("redis");
        return int.Parse(hostPortAndPassword!.Split(',')[0].Split(':')[1], CultureInfo.InvariantCulture);
    }
}
