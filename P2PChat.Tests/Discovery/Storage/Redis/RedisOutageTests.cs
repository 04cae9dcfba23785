using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>Outages of Redis, with and without loss of its data.</summary>
[Collection(Alone.Name)]
public sealed class RedisOutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    private Task<DirectoryFixture> StartAsync(params string[] settings) =>
        DirectoryFixture.StartAsync([$"ConnectionStrings:redis={_redis.ConnectionString}", .. settings]);

    [Fact]
    public async Task Start_without_Redis_is_logged_and_recovers_when_Redis_starts()
    {
        await _redis.KillAsync();
        await using var directory = await DirectoryFixture.StartWithoutStoreAsync(
            $"ConnectionStrings:redis={_redis.ConnectionString}"
        );

        await AssertHealthAsync(directory, "Degraded");
        foreach (var path in new[] { "/directory", "/peers", "/peers/somebody", "/peers/events" })
        {
            using var response = await directory.SendAsync(HttpMethod.Get, path);
            await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, response);
            Assert.NotNull(response.Headers.RetryAfter);
        }

        var warning = Assert.Single(directory.Logs.Warnings);
        Assert.Contains($"127.0.0.1:{_redis.Port} does not answer", warning, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:redis", warning, StringComparison.Ordinal);

        await _redis.RestartAsync(keepData: false);
        using var alice = new TestIdentity();
        await Eventually.True(
            async () => (await directory.RegisterAsync(alice)).Username == alice.Username,
            Soon,
            "a peer can register"
        );
        await Eventually.True(() => directory.HealthIsAsync("Healthy"), Soon, "the directory is healthy");
    }

    [Fact]
    public async Task Health_includes_the_check_of_the_Redis_client()
    {
        await using var directory = await StartAsync();
        await Eventually.True(() => CheckIsAsync("Healthy"), Soon, "the client's check is healthy");

        await _redis.SendAsync("CLIENT", "PAUSE", "60000", "ALL");
        await Eventually.True(() => CheckIsAsync("Degraded"), Soon, "the client's check sees that Redis hangs");

        await _redis.KillAsync();
        await _redis.RestartAsync(keepData: true);
        await Eventually.True(() => CheckIsAsync("Healthy"), Soon, "the client's check is healthy again");

        async Task<bool> CheckIsAsync(string status) =>
            (await directory.Http.GetStringAsync("/health")).Contains(
                $"\"StackExchange.Redis\":\"{status}\"",
                StringComparison.Ordinal
            );
    }

    [Fact]
    public async Task Without_Redis_lookups_come_from_memory_and_writes_return_503()
    {
        // Longer than the outage, even on a busy machine.
        await using var directory = await StartAsync("Directory:Lease=00:10:00");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var hidden = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);
        await directory.RegisterAsync(bob);
        await directory.RegisterAsync(hidden, record => record.Unlisted = true);
        (await directory.UnregisterAsync(bob)).Dispose();
        var before = DateTimeOffset.UtcNow;
        var signed = (await directory.FindAsync(alice.Username, registration.LeaseToken))!.Signed;
        // The end of the lease arrives as an event.
        await Eventually.True(() => OfflineInMemory(directory, bob), Soon, "the replica has seen the peer unregister");
        var id = await directory.GetIdAsync();

        await _redis.KillAsync();

        await Eventually.True(
            async () => (await directory.FindAsync(alice.Username))!.AsOf is not null,
            Soon,
            "the directory answers from memory"
        );
        await AssertHealthAsync(directory, "Degraded");
        var found = (await directory.FindAsync(alice.Username, registration.LeaseToken))!;
        Assert.Equal(signed, found.Signed);
        Assert.True(found.Online);
        Assert.InRange(found.AsOf!.Value, before, DateTimeOffset.UtcNow);
        var list = await directory.ListAsync();
        Assert.NotNull(list.AsOf);
        Assert.Equal(
            new[] { (alice.Username, true), (bob.Username, false) }.Order(),
            list.Peers.Select(peer => (peer.Username, peer.Online))
        );
        Assert.Equal(id, await directory.GetIdAsync());

        using var put = await directory.PutAsync(alice.Username, alice.Register(id));
        await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, put);
        Assert.NotNull(put.Headers.RetryAfter);
        using var renewal = await directory.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, renewal.StatusCode);
        using var unknown = await directory.SendAsync(HttpMethod.Get, "/peers/never-heard-of");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.StatusCode);
        using var forged = await directory.SendAsync(
            HttpMethod.Get,
            $"/peers/{alice.Username}",
            registration.LeaseToken[..^1] + "_"
        );
        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);

        await _redis.RestartAsync(keepData: true);
        await Eventually.True(
            async () =>
            {
                using var again = await directory.RenewAsync(alice.Username, registration.LeaseToken);
                return again.StatusCode == HttpStatusCode.OK;
            },
            Soon,
            "the lease can be renewed"
        );
        Assert.Null((await directory.FindAsync(alice.Username))!.AsOf);
    }

    [Fact]
    public async Task After_data_loss_peers_register_again_at_the_same_directory()
    {
        await using var directory = await StartAsync();
        await using var other = await StartAsync();
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);
        await using var events = await directory.ListenAsync(alice.Username);
        var id = await directory.GetIdAsync();
        var signedBefore = alice.Register(id);

        await _redis.RestartAsync(keepData: false);

        await Eventually.True(
            async () =>
            {
                using var renewal = await directory.RenewAsync(alice.Username, registration.LeaseToken);
                return renewal.StatusCode == HttpStatusCode.NotFound;
            },
            Soon,
            "a renewal is answered with 404"
        );
        await EventAsync(events, PeerEventTypes.Reset);
        await Eventually.True(
            async () => await _redis.SendAsync("GET", "p2pchat:directory-id") == id,
            Soon,
            "the id is written back"
        );
        Assert.Equal(id, await directory.GetIdAsync());
        Assert.Equal(id, await other.GetIdAsync());
        using var back = await directory.PutAsync(alice.Username, signedBefore);
        Assert.Equal(HttpStatusCode.Created, back.StatusCode);
        await EventAsync(events, PeerEventTypes.Joined);
    }

    [Fact]
    public async Task Scripts_are_loaded_again_after_a_flush()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);

        await _redis.SendAsync("SCRIPT", "FLUSH");

        using var renewal = await directory.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewal.StatusCode);
        await _redis.SendAsync("SCRIPT", "FLUSH");
        await directory.RegisterAsync(alice);
    }

    private static async Task EventAsync(EventReader events, string name)
    {
        while ((await events.NextAsync()).Name != name)
        {
            // Skip earlier events.
        }
    }

    private static async Task AssertHealthAsync(DirectoryFixture directory, string status) =>
        Assert.True(await directory.HealthIsAsync(status), $"The directory is not {status}.");

    private static bool OfflineInMemory(DirectoryFixture directory, TestIdentity identity) =>
        directory.Memory.Find(identity.Username) is { Online: false };
}
