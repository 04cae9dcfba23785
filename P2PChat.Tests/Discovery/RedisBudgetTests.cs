using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

/// <summary>What a registration costs for which its sender does not wait, or that Redis does not take.</summary>
public sealed class RedisBudgetTests : IAsyncLifetime
{
    private const int Budget = 3;

    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Anothers_record_sent_again_by_one_who_hangs_up_costs_its_owner_nothing()
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
            // Scripts wait until it is over.
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
    public async Task Those_who_send_anothers_record_all_at_once_do_not_keep_its_owner_out()
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

        var (isOver, sent) = (false, 0);
        var strangers = Enumerable.Range(0, 16).Select(_ => Task.Run(SendAgainAsync)).ToList();
        await Eventually.True(() => Volatile.Read(ref sent) > 100, TimeSpan.FromSeconds(60), "they are at it");
        using var back = await directory.PutAsync(victim.Username, victim.Register(id));
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(strangers);

        Assert.Equal(HttpStatusCode.OK, back.StatusCode);

        async Task SendAgainAsync()
        {
            while (!Volatile.Read(ref isOver))
            {
                using var again = await directory.PutAsync(victim.Username, seen);
                await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, again);
                _ = Interlocked.Increment(ref sent);
            }
        }
    }

    [Fact]
    public async Task What_redis_does_not_take_costs_nothing()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var id = await directory.GetIdAsync();
        _ = await directory.RegisterAsync(alice);
        await _redis.KillAsync();
        for (var i = 0; i < Budget; i++)
        {
            using var away = await directory.PutAsync(alice.Username, alice.Register(id));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
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
