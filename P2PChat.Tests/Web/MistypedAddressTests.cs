using System.Net;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Web;

/// <summary>Requests for paths that do not exist.</summary>
public sealed class MistypedAddressTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    [Fact]
    public async Task Unknown_path_gives_browsers_a_page_and_scripts_a_problem()
    {
        using var browser = new PlainBrowser(peers.Alice, "localhost");
        _ = await browser.SignInAsync();
        const string Html = "text/html,application/xhtml+xml,*/*;q=0.8";

        using var page = await browser.GetAsync("/converzations", ("Accept", Html));
        Assert.Equal(
            (HttpStatusCode.NotFound, "text/html"),
            (page.StatusCode, page.Content.Headers.ContentType?.MediaType)
        );
        Assert.Contains("Page not found", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var script = await browser.GetAsync("/converzations");
        using var call = await peers.Alice.Http.GetAsync(new Uri("/api/converzations", UriKind.Relative));
        Assert.Equal(
            ("application/problem+json", "application/problem+json"),
            (script.Content.Headers.ContentType?.MediaType, call.Content.Headers.ContentType?.MediaType)
        );
    }

    [Fact]
    public async Task Wrong_address_shows_browsers_a_page()
    {
        const string Html = "text/html,application/xhtml+xml,*/*;q=0.8";
        using var browser = new PlainBrowser(peers.Alice, "localhost");
        using var signedOut = await browser.SendAsync(
            HttpMethod.Post,
            "/logout",
            ("Accept", Html),
            ("Origin", browser.Origin)
        );
        Assert.Equal("/login", signedOut.Headers.Location?.OriginalString);

        _ = await browser.SignInAsync();
        foreach (
            var (path, status, text) in new[]
            {
                ("/c/bob?at=not-an-id", HttpStatusCode.OK, "Conversation with bob"),
                ("/c/not a name", HttpStatusCode.OK, "Page not found"),
                ("/c/bob/nothing", HttpStatusCode.NotFound, "Page not found"),
            }
        )
        {
            using var page = await browser.GetAsync(path, ("Accept", Html));
            Assert.Equal((path, status), (path, page.StatusCode));
            Assert.Contains(text, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using var foreign = await browser.GetAsync("/", ("Accept", Html), ("Host", "chat.example.org"));
        Assert.Equal(
            (HttpStatusCode.Forbidden, "text/html"),
            (foreign.StatusCode, foreign.Content.Headers.ContentType?.MediaType)
        );
        Assert.Contains("<a href=\"http://alice.localhost:", await foreign.Content.ReadAsStringAsync());
    }
}
