using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Tests.Discovery.Stun;
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
    public async Task Every_service_is_healthy(string resource)
    {
        using var client = app.CreateClient(resource);

        using var health = await client.GetAsync(new Uri("/health", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("bob")]
    [InlineData("echo")]
    public async Task Every_peer_is_registered_under_its_name(string username)
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
    public async Task Directory_answers_STUN_outside_the_proxy()
    {
        using var discovery = app.CreateClient("discovery");
        var info = await discovery.GetFromJsonAsync<JsonElement>(new Uri("/directory", UriKind.Relative));
        var ports = info.GetProperty("reach").GetProperty("stunPorts").EnumerateArray().Select(port => port.GetInt32());

        foreach (var port in ports.ToArray())
        {
            using var asker = await StunAsker.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            Assert.Equal(asker.Local, await asker.MappedAsync());
        }

        Assert.Equal([3478, 3479], ports);
    }

    [Fact]
    public async Task Redis_requires_its_password()
    {
        var port = await RedisPortAsync(app.App);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Resp.SendAsync(port, "PING"));

        Assert.Contains("NOAUTH", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("discovery", 2)]
    [InlineData("alice", 1)]
    public void Instance_of_a_project_is_one_process(string resource, int instances) =>
        Assert.Equal(instances, app.Processes(resource).Count);

    [Fact]
    public async Task Replicas_share_the_port_of_the_directory()
    {
        using var client = app.CreateClient("discovery");

        var port = client.BaseAddress!.Port.ToString(CultureInfo.InvariantCulture);

        // Each replica has its own port behind the proxy.
        var own = app.Processes("discovery")
            .Select(process => MarkedProcesses.Variable(process, "ASPNETCORE_URLS"))
            .ToList();
        Assert.Equal(2, own.Count);
        Assert.All(own, urls => Assert.DoesNotContain(port, Assert.IsType<string>(urls), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mode_none_starts_the_directory_alone()
    {
        var run = Guid.NewGuid().ToString();
        using var timeout = new CancellationTokenSource(AppHostFixture.StartTimeout);
        var (other, _) = await AppHostFixture.BuildWithResourcesAsync(
            ["Redis:Mode=none", "Peers:Names="],
            run,
            new Dictionary<string, string>(),
            timeout.Token
        );
        await using (other)
        {
            await other.StartAsync(timeout.Token);
            await other.ResourceNotifications.WaitForResourceHealthyAsync(
                "discovery",
                WaitBehavior.StopOnResourceUnavailable,
                timeout.Token
            );

            var names = MarkedProcesses.With((AppHostFixture.Mark, run), ("OTEL_SERVICE_NAME", "discovery"));
            Assert.Equal(names, MarkedProcesses.With((AppHostFixture.Mark, run)));
            Assert.Single(names);
        }
    }

    [Fact]
    public async Task Mode_external_with_a_wrong_password_is_logged_by_the_directory()
    {
        await using var redis = await RedisServer.StartAsync();
        _ = await redis.SendAsync("CONFIG", "SET", "requirepass", "right-horse");
        using var timeout = new CancellationTokenSource(AppHostFixture.StartTimeout);
        var (other, resources) = await AppHostFixture.BuildWithResourcesAsync(
            [
                "Redis:Mode=external",
                $"ConnectionStrings:redis={redis.ConnectionString},password=wrong-horse",
                "Discovery:Replicas=1",
                "Peers:Names=",
            ],
            Guid.NewGuid().ToString(),
            new Dictionary<string, string>(),
            timeout.Token
        );
        await using (other)
        {
            await other.StartAsync(timeout.Token);

            var logs = other.Services.GetRequiredService<ResourceLoggerService>();
            var line = await logs.WatchAsync(resources.Single(each => each.Name == "discovery"))
                .SelectMany(lines => lines)
                .Select(each => each.Content)
                .FirstAsync(text => text.Contains("refuses the password", StringComparison.Ordinal), timeout.Token);

            Assert.Contains("ConnectionStrings:redis", line, StringComparison.Ordinal);
            Assert.DoesNotContain("wrong-horse", line, StringComparison.Ordinal);
        }
    }

    private static async Task<int> RedisPortAsync(DistributedApplication app)
    {
        var hostPortAndPassword = await app.GetConnectionStringAsync("redis");
        return int.Parse(hostPortAndPassword!.Split(',')[0].Split(':')[1], CultureInfo.InvariantCulture);
    }
}
