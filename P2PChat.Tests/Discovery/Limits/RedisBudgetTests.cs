using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Limits;

/// <summary>
/// Registrations that are replayed, abandoned by their sender, or fail in Redis cost their owner nothing.
/// </summary>
public sealed class RedisBudgetTests : IAsyncLifetime
{
    private const int Budget = 3;

    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Replay_by_a_client_that_hangs_up_costs_the_owner_nothing()
    {
        await using var directory = await StartAsync();
        using var victim = new TestIdentity();
        var seen = victim.Register(await directory.GetIdAsync());
        using var first = await directory.PutAsync(victim.Username, seen);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);

        using var stranger = new HttpClient
        {
            BaseAddress = directory.Address,
            Timeout = TimeSpan.FromMilliseconds(300),
        };
        for (var i = 0; i < Budget; i++)
        {
            // Scripts wait until the pause ends.
            _ = await _redis.SendAsync("CLIENT", "PAUSE", "60000", "WRITE");
            await Assert.ThrowsAsync<TaskCanceledException>(() =>
                stranger.PutAsJsonAsync($"/peers/{victim.Username}", seen, JsonSerializerOptions.Web)
            );
            _ = await _redis.SendAsync("CLIENT", "UNPAUSE");
        }

        using var back = await directory.PutAsync(victim.Username, victim.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
    }

    [Fact]
    public async Task Concurrent_replays_do_not_lock_out_the_owner()
    {
        await using var directory = await StartAsync(
            DirectoryFixture.PatientWithStore,
            "Directory:RateLimits:SignedCalls:Burst=1000000"
        );
        using var victim = new TestIdentity();
        var id = await directory.GetIdAsync();
        var seen = victim.Register(id);
        using var first = await directory.PutAsync(victim.Username, seen);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);

        var (isDone, sent) = (false, 0);
        var strangers = Enumerable.Range(0, 16).Select(_ => Task.Run(ReplayAsync)).ToList();
        await Eventually.True(() => Volatile.Read(ref sent) > 100, TimeSpan.FromSeconds(60), "the replays are running");
        using var back = await directory.PutAsync(victim.Username, victim.Register(id));
        Volatile.Write(ref isDone, true);
        await Task.WhenAll(strangers);

        Assert.Equal(HttpStatusCode.OK, back.StatusCode);

        async Task ReplayAsync()
        {
            while (!Volatile.Read(ref isDone))
            {
                using var again = await directory.PutAsync(victim.Username, seen);
                await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, again);
                _ = Interlocked.Increment(ref sent);
            }
        }
    }

    [Fact]
    public async Task Registration_that_fails_in_Redis_costs_nothing()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var id = await directory.GetIdAsync();
        _ = await directory.RegisterAsync(alice);
        await _redis.KillAsync();
        for (var i = 0; i < Budget; i++)
        {
            using var failed = await directory.PutAsync(alice.Username, alice.Register(id));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        }

        await _redis.RestartAsync(keepData: true);
        var answer = HttpStatusCode.ServiceUnavailable;
        await Eventually.True(
            async () =>
            {
                using var back = await directory.PutAsync(alice.Username, alice.Register(id));
                answer = back.StatusCode;
                return answer != HttpStatusCode.ServiceUnavailable;
            },
            TimeSpan.FromSeconds(60),
            "Redis is back"
        );
        Assert.Equal(HttpStatusCode.OK, answer);
    }

    private Task<DirectoryFixture> StartAsync(params string[] settings) =>
        DirectoryFixture.StartAsync([
            $"ConnectionStrings:redis={_redis.ConnectionString}",
            "Directory:RateLimits:Enabled=true",
            $"Directory:RateLimits:Identity:Burst={Budget}",
            "Directory:RateLimits:Identity:PerSecond=0.01",
            .. settings,
        ]);
}
