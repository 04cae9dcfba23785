using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.Testing;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>Redis is killed under the running app, loses its data, and is restarted.</summary>
[Collection(Topology.Name)]
public sealed class RedisRestartTests(AppHostFixture app)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string[] Peers = ["alice", "bob", "echo"];

    [Fact]
    public async Task Redis_that_restarts_empty_needs_no_manual_repair()
    {
        using var discovery = app.CreateClient("discovery");
        Assert.Equal("Healthy", await HealthAsync(discovery));
        // Each replica caches the peers that it has looked up, including those registered with the other replica.
        foreach (var peer in Peers)
        {
            var entry = await discovery.GetFromJsonAsync<JsonElement>($"/peers/{peer}");
            Assert.True(entry.GetProperty("online").GetBoolean());
        }

        var port = (await app.App.GetConnectionStringAsync("redis"))!.Split(',')[0].Split(':')[1];
        using (var redis = Process.GetProcessById(RedisOn(port).Single()))
        {
            redis.Kill();
        }

        await Eventually.True(
            async () => await HealthAsync(discovery) == "Degraded",
            Soon,
            "the directory is degraded"
        );
        Assert.Empty(Peers.Except(await OnlineAsync(discovery)));

        await app.StartAsync("redis");
        await Eventually.True(async () => await HealthAsync(discovery) == "Healthy", Soon, "the directory is healthy");
        await Eventually.True(
            async () => !Peers.Except(await OnlineAsync(discovery)).Any(),
            Soon,
            "all peers are registered again"
        );
        foreach (var peer in Peers)
        {
            using var own = app.CreateClient(peer);
            await Eventually.True(
                async () => (await own.GetAsync(new Uri("/health", UriKind.Relative))).IsSuccessStatusCode,
                Soon,
                $"{peer} is ready"
            );
        }

        // Other tests need alice and bob to be strangers without an earlier trace.
        await app.EnsureStartedAsync("carol");
        var connected = await app.RunCommandAsync("carol", "connect", ("to", "echo"));
        Assert.Contains("connected", connected.Message, StringComparison.Ordinal);
        var sent = await app.RunCommandAsync("carol", "send", ("to", "echo"), ("text", "still there?"));
        Assert.StartsWith("Delivered to echo", sent.Message, StringComparison.Ordinal);
    }

    /// <summary>Redis shows its port in its process title, and overwrites its environment.</summary>
    private static IEnumerable<int> RedisOn(string port) =>
        from directory in Directory.EnumerateDirectories("/proc")
        let pid = int.TryParse(Path.GetFileName(directory), out var number) ? number : 0
        where
            pid != 0
            && Title(directory).StartsWith("redis-server ", StringComparison.Ordinal)
            && Title(directory).Contains($":{port}", StringComparison.Ordinal)
        select pid;

    private static string Title(string process)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(process, "cmdline"))).Replace('\0', ' ');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static async Task<string?> HealthAsync(HttpClient discovery) =>
        (await discovery.GetFromJsonAsync<JsonElement>("/health")).GetProperty("status").GetString();

    private static async Task<IReadOnlyList<string?>> OnlineAsync(HttpClient discovery) =>
        [
            .. (await discovery.GetFromJsonAsync<JsonElement>("/peers"))
                .GetProperty("peers")
                .EnumerateArray()
                .Where(peer => peer.GetProperty("online").GetBoolean())
                .Select(peer => peer.GetProperty("username").GetString()),
        ];
}
