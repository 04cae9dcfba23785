using System.Net;
using P2PChat.Tests.Node;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.Peer.Api;

/// <summary>Callers other than the owner cannot use up the owner's limits.</summary>
public sealed class ApiRateLimitTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    private static readonly (string, string)[] Slow = [("ApiCallsPerSecond", "5"), ("UnknownCallsPerSecond", "1")];

    [Fact]
    public async Task Strangers_cannot_exhaust_calls_sessions_or_sign_in()
    {
        await using var peer = await TestPeer.StartAsync("slow", peers.Directory.Url, settings: Slow);
        using var browser = new PlainBrowser(peer, "localhost");
        _ = await browser.SignInAsync();
        var link = await SignInTests.LinkAsync(peer);
        using var stranger = new PlainBrowser(peer, "localhost");
        foreach (var path in (string[])["/", "/login", "/login?code=guessed", "/page.css"])
        {
            await ExhaustAsync(stranger, path);
        }

        using var call = await peer.Http.GetAsync(new Uri("/api/status", UriKind.Relative));
        using var page = await browser.GetAsync("/");
        using var other = new PlainBrowser(peer, "localhost");
        using var signIn = await other.GetAsync(link.PathAndQuery);

        Assert.Equal(HttpStatusCode.OK, call.StatusCode);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.OK, signIn.StatusCode);
    }

    [Fact]
    public async Task Calls_without_the_token_do_not_count_against_the_limit()
    {
        await using var peer = await TestPeer.StartAsync("slow2", peers.Directory.Url, settings: Slow);
        using var stranger = new PlainBrowser(peer, "localhost");
        for (var i = 0; i < 50; i++)
        {
            using var refused = await stranger.GetAsync("/api/status", ("Authorization", "Bearer guessed"));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var call = await peer.Http.GetAsync(new Uri("/api/status", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, call.StatusCode);
    }

    [Fact]
    public async Task Open_page_does_not_exhaust_the_calls_of_bots()
    {
        await using var peer = await TestPeer.StartAsync("slow3", peers.Directory.Url, settings: Slow);
        using var browser = new PlainBrowser(peer, "localhost");
        _ = await browser.SignInAsync();
        await ExhaustAsync(browser, "/page.css");

        using var call = await peer.Http.GetAsync(new Uri("/api/status", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, call.StatusCode);
    }

    private static async Task ExhaustAsync(PlainBrowser browser, string path)
    {
        for (var i = 0; i < 100; i++)
        {
            using var response = await browser.GetAsync(path);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                return;
            }
        }

        Assert.Fail($"{path} is not limited.");
    }
}
