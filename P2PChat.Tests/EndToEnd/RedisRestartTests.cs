using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>Redis dies under the running app, with all that it knew, and is started again.</summary>
[Collection(Topology.Name)]
public sealed class RedisRestartTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_redis_that_dies_and_comes_back_empty_leaves_nothing_to_mend_by_hand()
    {
        var dataRoot = Directory.CreateTempSubdirectory("p2pchat-peers-").FullName;
        var variables = new Dictionary<string, string> { ["Directory__Lease"] = "00:00:15", ["Directory__RenewEvery"] = "00:00:05" };
        using var timeout = new CancellationTokenSource(AppHostFixture.StartTimeout + Soon + Soon);
        var (app, resources) = await AppHostFixture.BuildWithResourcesAsync(
            ["Redis:Mode=process", "Peers:Names=alice,echo", $"Peers:DataRoot={dataRoot}"], Guid.NewGuid().ToString(), variables, timeout.Token);
        await using (app)
        {
            await app.StartAsync(timeout.Token);
            foreach (var peer in (string[])["alice", "echo"])
                await app.ResourceNotifications.WaitForResourceHealthyAsync(peer, WaitBehavior.StopOnResourceUnavailable, timeout.Token);
            using var discovery = app.CreateHttpClient("discovery", "http");
            Assert.Equal("Healthy", await HealthAsync(discovery));
            // The replica that is asked here may not have been told yet of one that registered with the other: whom it has looked up it remembers.
            foreach (var peer in (string[])["alice", "echo"])
                Assert.True((await discovery.GetFromJsonAsync<JsonElement>($"/peers/{peer}")).GetProperty("online").GetBoolean());

            var port = (await app.GetConnectionStringAsync("redis", timeout.Token))!.Split(',')[0].Split(':')[1];
            using (var redis = Process.GetProcessById(RedisOn(port).Single())) redis.Kill();
            await Eventually.True(async () => await HealthAsync(discovery) == "Degraded", Soon, "the directory is degraded");
            Assert.Equal(["alice", "echo"], await OnlineAsync(discovery));

            // Refused as long as the orchestrator has not noticed its death.
            await Eventually.True(
                async () => RedisOn(port).Any() || (await AppHostFixture.RunCommandAsync(app, resources, "redis", "start")).Success,
                Soon, "Redis is started again");
            await Eventually.True(async () => await HealthAsync(discovery) == "Healthy", Soon, "the directory is healthy");
            await Eventually.True(async () => (await OnlineAsync(discovery)).SequenceEqual(["alice", "echo"]), Soon, "both peers are registered again");
            foreach (var peer in (string[])["alice", "echo"])
            {
                using var own = app.CreateHttpClient(peer, "http");
                await Eventually.True(async () => (await own.GetAsync(new Uri("/health", UriKind.Relative))).IsSuccessStatusCode, Soon, $"{peer} is ready");
            }

            using var alice = await PeerClient.OpenAsync(await AppHostFixture.CreatePeerClientAsync(app, "alice", Path.Combine(dataRoot, "alice")));
            await alice.ConnectAsync("echo");
            _ = await alice.NextAsync("connected");
            _ = await alice.SendAsync("echo", "still there?");
            Assert.Equal("still there?", (await alice.NextAsync("message")).GetProperty("text").GetString());
            await app.StopAsync(timeout.Token);
        }

        Directory.Delete(dataRoot, recursive: true);
    }

    /// <summary>It writes its port into its title, and its environment away.</summary>
    private static IEnumerable<int> RedisOn(string port) =>
        from directory in Directory.EnumerateDirectories("/proc")
        let pid = int.TryParse(Path.GetFileName(directory), out var number) ? number : 0
        where pid != 0 && Title(directory).StartsWith("redis-server ", StringComparison.Ordinal) && Title(directory).Contains($":{port}", StringComparison.Ordinal)
        select pid;

    private static string Title(string process)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(process, "cmdline"))).Replace('\0', ' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static async Task<string?> HealthAsync(HttpClient discovery) =>
        (await discovery.GetFromJsonAsync<JsonElement>("/health")).GetProperty("status").GetString();

    private static async Task<IReadOnlyList<string?>> OnlineAsync(HttpClient discovery) =>
    [
        .. (await discovery.GetFromJsonAsync<JsonElement>("/peers")).GetProperty("peers").EnumerateArray()
            .Where(peer => peer.GetProperty("online").GetBoolean()).Select(peer => peer.GetProperty("username").GetString()),
    ];
}
