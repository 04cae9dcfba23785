using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Limits;

public sealed class RateLimitTests
{
    private const string On = "Directory:RateLimits:Enabled=true";

    [Fact]
    public async Task Calls_are_limited_by_address_except_for_health()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            On,
            "Directory:RateLimits:Calls:Burst=3",
            "Directory:RateLimits:Calls:PerSecond=0.01"
        );
        foreach (var _ in Enumerable.Range(0, 3))
        {
            Assert.Empty((await directory.ListAsync()).Peers);
        }

        using var refused = await directory.SendAsync(HttpMethod.Get, "/peers");
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, refused);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(100));
        using var health = await directory.SendAsync(HttpMethod.Get, "/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);

        // Signed calls are counted separately.
        using var put = await directory.PutAsync("alice", new SignedRecordBody("", "", ""));
        Assert.Equal(HttpStatusCode.BadRequest, put.StatusCode);
    }

    [Fact]
    public async Task OpenAPI_is_limited_like_other_calls()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            On,
            "Directory:RateLimits:Calls:Burst=1",
            "Directory:RateLimits:Calls:PerSecond=0.01"
        );
        using var first = await directory.SendAsync(HttpMethod.Get, "/openapi/v1.json");
        using var second = await directory.SendAsync(HttpMethod.Get, "/openapi/v1.json");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, second);
    }

    [Fact]
    public async Task Replayed_record_costs_its_owner_nothing()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            On,
            "Directory:RateLimits:Identity:Burst=3",
            "Directory:RateLimits:Identity:PerSecond=0.01"
        );
        using var victim = new TestIdentity();
        var seen = victim.Register(await directory.GetIdAsync());
        using var first = await directory.PutAsync(victim.Username, seen);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);

        for (var i = 0; i < 10; i++)
        {
            using var again = await directory.PutAsync(victim.Username, seen);
            await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, again);
        }

        using var back = await directory.PutAsync(victim.Username, victim.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        using var left = await directory.UnregisterAsync(victim);
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
    }

    [Fact]
    public async Task Limited_call_recovers_with_time()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            On,
            "Directory:RateLimits:Calls:Burst=1",
            "Directory:RateLimits:Calls:PerSecond=5"
        );
        await directory.ListAsync();

        await Eventually.True(
            async () =>
            {
                using var response = await directory.SendAsync(HttpMethod.Get, "/peers");
                return response.StatusCode == HttpStatusCode.OK;
            },
            TimeSpan.FromSeconds(60),
            "calls are accepted again"
        );
    }

    [Fact]
    public async Task Identity_is_limited_after_its_signature_is_verified()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            On,
            "Directory:RateLimits:Identity:Burst=2",
            "Directory:RateLimits:Identity:PerSecond=0.01"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var id = await directory.GetIdAsync();
        var forged = alice.Register(id) with { Signature = bob.Register(id).Signature };
        foreach (var _ in Enumerable.Range(0, 5))
        {
            using var bad = await directory.PutAsync(alice.Username, forged);
            Assert.Equal(HttpStatusCode.Forbidden, bad.StatusCode);
        }

        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(alice);

        using var refused = await directory.PutAsync(alice.Username, alice.Register(id));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, refused);
        Assert.NotNull(refused.Headers.RetryAfter);
        await directory.RegisterAsync(bob);
    }

    [Fact]
    public async Task Owners_can_return_when_their_address_has_no_new_names_left()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            On,
            "Directory:RateLimits:NewNames:Burst=2",
            "Directory:RateLimits:NewNames:PerSecond=0.01",
            "Directory:RateLimits:Returns:Burst=3",
            "Directory:RateLimits:Returns:PerSecond=0.01"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(bob);

        using var refused = await directory.PutAsync(carol.Username, carol.Register(await directory.GetIdAsync()));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, refused);

        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(bob);
        await directory.RegisterAsync(alice);
        using var tooOften = await directory.PutAsync(bob.Username, bob.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.TooManyRequests, tooOften.StatusCode);
    }

    [Fact]
    public async Task Forwarded_address_counts_only_from_a_known_proxy()
    {
        string[] one = [On, "Directory:RateLimits:Calls:Burst=1", "Directory:RateLimits:Calls:PerSecond=0.01"];
        await using var direct = await DirectoryFixture.StartAsync(one);
        await using var behind = await DirectoryFixture.StartAsync([.. one, "Directory:KnownProxies:0=127.0.0.0/8"]);

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.TooManyRequests],
            new[] { await CallAsync(direct, "192.0.2.1"), await CallAsync(direct, "192.0.2.2") }
        );
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests],
            new[]
            {
                await CallAsync(behind, "192.0.2.1"),
                await CallAsync(behind, "192.0.2.2"),
                await CallAsync(behind, "192.0.2.1"),
            }
        );
        // Addresses that the caller adds before the proxy's entry are ignored.
        Assert.Equal(HttpStatusCode.TooManyRequests, await CallAsync(behind, "198.51.100.9, 192.0.2.1"));
        // All addresses in one /64 count as one.
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK],
            new[]
            {
                await CallAsync(behind, "2001:db8::1"),
                await CallAsync(behind, "2001:db8::ffff:2"),
                await CallAsync(behind, "2001:db8:0:1::1"),
            }
        );
    }

    [Fact]
    public async Task Event_streams_are_limited_by_address_and_in_total()
    {
        await using var byAddress = await DirectoryFixture.StartAsync("Directory:EventListenersPerAddress=1");
        await using var inTotal = await DirectoryFixture.StartAsync("Directory:EventListeners=1");
        foreach (var directory in new[] { byAddress, inTotal })
        {
            await using (await directory.ListenAsync())
            {
                using var refused = await directory.SendAsync(HttpMethod.Get, "/peers/events");
                await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, refused);
            }

            await Eventually.True(
                async () =>
                {
                    await using var again = await directory.ListenAsync();
                    return true;
                },
                TimeSpan.FromSeconds(60),
                "the ended stream no longer counts"
            );
        }
    }

    private static async Task<HttpStatusCode> CallAsync(DirectoryFixture directory, string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/peers");
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var response = await directory.Http.SendAsync(request);
        return response.StatusCode;
    }
}
