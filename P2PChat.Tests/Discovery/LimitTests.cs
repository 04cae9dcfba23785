using System.Net;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery;

/// <summary>Who may call, and how often.</summary>
public sealed class LimitTests
{
    private const string On = "Directory:RateLimits:Enabled=true";

    [Fact]
    public async Task With_a_join_token_set_each_call_but_health_and_openapi_needs_it()
    {
        await using var directory = await DirectoryFixture.StartAsync("Directory:JoinToken=swordfish");

        foreach (
            var path in new[]
            {
                "/peers",
                "/peers/alice",
                "/peers/events",
                "/directory",
                "/nowhere",
                "/healthy",
                "/openapiary",
            }
        )
        {
            using var without = await directory.SendAsync(HttpMethod.Get, path);
            var problem = await ProblemAssert.IsAsync(
                HttpStatusCode.Unauthorized,
                ProblemTypes.JoinTokenRequired,
                without
            );
            Assert.Contains(
                JoinTokenMiddleware.Header,
                problem.GetProperty("detail").GetString(),
                StringComparison.Ordinal
            );
            Assert.Equal("P2PChat-Join-Token", Assert.Single(without.Headers.WwwAuthenticate).Scheme);
        }

        foreach (var path in new[] { "/health", "/alive", "/openapi/v1.json" })
        {
            using var open = await directory.SendAsync(HttpMethod.Get, path);
            Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        }

        directory.Http.DefaultRequestHeaders.Add(JoinTokenMiddleware.Header, "swordfis");
        using var wrong = await directory.SendAsync(HttpMethod.Get, "/peers");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);

        directory.Http.DefaultRequestHeaders.Remove(JoinTokenMiddleware.Header);
        directory.Http.DefaultRequestHeaders.Add(JoinTokenMiddleware.Header, "swordfish");
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);
        // Both tokens at once: neither is in the other's way.
        Assert.NotNull((await directory.FindAsync(alice.Username, registration.LeaseToken))!.Signed);
    }

    [Fact]
    public async Task Calls_are_limited_by_address_but_health_is_not()
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

        // Signed calls are counted apart.
        using var put = await directory.PutAsync("alice", new SignedRecordBody("", "", ""));
        Assert.Equal(HttpStatusCode.BadRequest, put.StatusCode);
    }

    [Fact]
    public async Task Callers_without_the_join_token_have_a_separate_limit()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            On,
            "Directory:JoinToken=swordfish",
            "Directory:RateLimits:Calls:Burst=3",
            "Directory:RateLimits:Calls:PerSecond=0.01"
        );
        foreach (var expected in new[] { 401, 401, 401, 429 })
        {
            using var stranger = await directory.SendAsync(HttpMethod.Get, "/peers");
            Assert.Equal(expected, (int)stranger.StatusCode);
        }

        directory.Http.DefaultRequestHeaders.Add(JoinTokenMiddleware.Header, "swordfish");
        Assert.Empty((await directory.ListAsync()).Peers);
    }

    [Fact]
    public async Task Openapi_is_limited_as_other_calls_are()
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
    public async Task Anothers_record_sent_again_and_again_costs_its_owner_nothing()
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
        using var left = await directory.LeaveAsync(victim);
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
    }

    [Fact]
    public async Task A_limited_call_recovers_with_time()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            On,
            "Directory:RateLimits:Calls:Burst=1",
            "Directory:RateLimits:Calls:PerSecond=5"
        );
        await directory.ListAsync();

        await Infrastructure.Eventually.True(
            async () =>
            {
                using var response = await directory.SendAsync(HttpMethod.Get, "/peers");
                return response.StatusCode == HttpStatusCode.OK;
            },
            TimeSpan.FromSeconds(60),
            "calls are let through again"
        );
    }

    [Fact]
    public async Task An_identity_is_limited_once_its_signature_holds()
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
    public async Task Owners_come_back_though_their_address_may_claim_no_more_names()
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
    public async Task A_forwarded_address_counts_only_from_a_known_proxy()
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
        // What a caller puts in front of the proxy's own word is not believed.
        Assert.Equal(HttpStatusCode.TooManyRequests, await CallAsync(behind, "198.51.100.9, 192.0.2.1"));
        // A household's addresses are one.
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

            await Infrastructure.Eventually.True(
                async () =>
                {
                    await using var again = await directory.ListenAsync();
                    return true;
                },
                TimeSpan.FromSeconds(60),
                "a stream that ended makes room"
            );
        }
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("::1", "::/64")]
    public void An_address_counts_as(string address, string counted) =>
        Assert.Equal(counted, ClientAddress.Of(IPAddress.Parse(address)));

    private static async Task<HttpStatusCode> CallAsync(DirectoryFixture directory, string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/peers");
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var response = await directory.Http.SendAsync(request);
        return response.StatusCode;
    }
}
