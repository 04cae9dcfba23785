using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Hosting;

public sealed class JoinTokenTests
{
    [Fact]
    public async Task Join_token_is_required_except_for_open_paths()
    {
        await using var directory = await DirectoryFixture.StartAsync("Directory:JoinToken=swordfish");

        foreach (
            var path in new[]
            {
                "/peers",
                "/peers/alice",
                "/peers/events",
                "/directory/",
                "/directoryx",
                "/invites",
                "/i/x",
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
                DirectoryHeaders.JoinToken,
                problem.GetProperty("detail").GetString(),
                StringComparison.Ordinal
            );
            Assert.Equal("P2PChat-Join-Token", Assert.Single(without.Headers.WwwAuthenticate).Scheme);
        }

        foreach (var path in new[] { "/health", "/alive", "/openapi/v1.json", "/directory", "/i" })
        {
            using var open = await directory.SendAsync(HttpMethod.Get, path);
            Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        }

        directory.Http.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, "swordfis");
        using var wrong = await directory.SendAsync(HttpMethod.Get, "/peers");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);

        directory.Http.DefaultRequestHeaders.Remove(DirectoryHeaders.JoinToken);
        directory.Http.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, "swordfish");
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);
        // The join token and the lease token do not interfere.
        Assert.NotNull((await directory.FindAsync(alice.Username, registration.LeaseToken))!.Signed);
    }

    [Fact]
    public async Task Callers_without_the_join_token_have_a_separate_limit()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:RateLimits:Enabled=true",
            "Directory:JoinToken=swordfish",
            "Directory:RateLimits:Calls:Burst=3",
            "Directory:RateLimits:Calls:PerSecond=0.01"
        );
        foreach (var expected in new[] { 401, 401, 401, 429 })
        {
            using var stranger = await directory.SendAsync(HttpMethod.Get, "/peers");
            Assert.Equal(expected, (int)stranger.StatusCode);
        }

        directory.Http.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, "swordfish");
        Assert.Empty((await directory.ListAsync()).Peers);
    }
}
