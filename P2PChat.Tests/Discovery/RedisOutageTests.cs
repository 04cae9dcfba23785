using System.Diagnostics;
using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

/// <summary>Redis goes and comes back, with its data or without.</summary>
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
    public async Task A_directory_that_starts_without_redis_says_so_and_works_once_redis_is_there()
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
    public async Task Health_includes_the_redis_clients_own_check()
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
    public async Task Wrong_password_is_logged_within_10_seconds_of_the_start()
    {
        await _redis.SendAsync("CONFIG", "SET", "requirepass", "right-horse");
        var begun = Stopwatch.GetTimestamp();
        await using var directory = await DirectoryFixture.StartWithoutStoreAsync(
            $"ConnectionStrings:redis={_redis.ConnectionString},password=wrong-horse"
        );

        await RefusalIsLoggedAsync(directory, begun);

        await AssertHealthAsync(directory, "Degraded");
        await _redis.KillAsync();
        await AbsenceIsLoggedAsync(directory);
        Assert.DoesNotContain(directory.Logs.All, text => text.Contains("wrong-horse", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("old-horse")]
    public async Task Rotated_password_is_logged_within_10_seconds(string before)
    {
        await _redis.SendAsync("CONFIG", "SET", "requirepass", before);
        await using var directory = await StartAsync(
            $"ConnectionStrings:redis={_redis.ConnectionString},password={before}"
        );

        var begun = Stopwatch.GetTimestamp();
        string[][] login = before is ""
            ? []
            :
            [
                ["AUTH", before],
            ];
        await _redis.SendAllAsync([
            .. login,
            ["CONFIG", "SET", "requirepass", "new-horse"],
            ["CLIENT", "KILL", "TYPE", "normal"],
            ["CLIENT", "KILL", "TYPE", "pubsub"],
        ]);
        await RefusalIsLoggedAsync(directory, begun);
        await AssertHealthAsync(directory, "Degraded");

        await _redis.SendAllAsync(["AUTH", "new-horse"], ["CONFIG", "SET", "requirepass", before]);
        await Eventually.True(() => directory.HealthIsAsync("Healthy"), Soon, "the directory is healthy");
        await _redis.KillAsync();
        await AbsenceIsLoggedAsync(directory);
        Assert.DoesNotContain(directory.Logs.All, text => text.Contains("horse", StringComparison.Ordinal));
    }

    private static Task AbsenceIsLoggedAsync(DirectoryFixture directory) =>
        Eventually.True(
            () => directory.Logs.Warnings.Last().Contains("does not answer", StringComparison.Ordinal),
            Soon,
            "the log says that Redis is away"
        );

    private static Task RefusalIsLoggedAsync(DirectoryFixture directory, long begun) =>
        Eventually.True(
            () => directory.Logs.Warnings.Any(text => text.Contains("refuses the password", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(10) - Stopwatch.GetElapsedTime(begun),
            "the log says that the password was refused"
        );

    [Fact]
    public async Task While_redis_is_away_lookups_come_from_memory_and_writes_are_put_off()
    {
        // Longer than Redis is away, on a busy machine too.
        await using var directory = await StartAsync("Directory:Lease=00:10:00");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var hidden = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);
        await directory.RegisterAsync(bob);
        await directory.RegisterAsync(hidden, record => record.Unlisted = true);
        (await directory.LeaveAsync(bob)).Dispose();
        var before = DateTimeOffset.UtcNow;
        var signed = (await directory.FindAsync(alice.Username, registration.LeaseToken))!.Signed;
        // The news of the leave come back as an event.
        await Eventually.True(() => OfflineInMemory(directory, bob), Soon, "the replica knows of the leave");
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
            "the lease is renewed as if nothing had been"
        );
        Assert.Null((await directory.FindAsync(alice.Username))!.AsOf);
    }

    [Fact]
    public async Task After_redis_lost_its_data_peers_are_told_to_register_anew_at_the_same_directory()
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
            "the id is put back"
        );
        Assert.Equal(id, await directory.GetIdAsync());
        Assert.Equal(id, await other.GetIdAsync());
        using var back = await directory.PutAsync(alice.Username, signedBefore);
        Assert.Equal(HttpStatusCode.Created, back.StatusCode);
        await EventAsync(events, PeerEventTypes.Joined);
    }

    [Fact]
    public async Task Scripts_that_redis_forgot_are_given_to_it_again()
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
            // Something from before.
        }
    }

    private static async Task AssertHealthAsync(DirectoryFixture directory, string status) =>
        Assert.True(await directory.HealthIsAsync(status), $"The directory is not {status}.");

    private static bool OfflineInMemory(DirectoryFixture directory, TestIdentity identity) =>
        directory.Memory.Find(identity.Username) is { Online: false };
}
