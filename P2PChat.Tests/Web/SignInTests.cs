using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Web;

/// <summary>Sign-in links, session cookies and sign-out.</summary>
public sealed class SignInTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    [Fact]
    public async Task Browser_without_a_session_is_sent_to_sign_in()
    {
        using var browser = new PlainBrowser(peers.Alice, "alice.localhost");

        using var response = await browser.GetAsync("/", follows: true);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("/login", response.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Contains("Sign in", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_signs_in_one_browser_once()
    {
        var link = await LinkAsync(peers.Alice);
        using var browser = new PlainBrowser(peers.Alice, "alice.localhost");
        using var other = new PlainBrowser(peers.Alice, "alice.localhost");

        using var first = await browser.GetAsync(link.PathAndQuery);
        using var second = await other.GetAsync(link.PathAndQuery);
        using var page = await browser.GetAsync("/");
        using var otherPage = await other.GetAsync("/");

        Assert.Equal("alice.localhost", link.Host);
        Assert.Equal(peers.Alice.Address.Port, link.Port);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, otherPage.StatusCode);
    }

    [Fact]
    public async Task Cookie_is_strict_HttpOnly_and_unique_per_peer()
    {
        using var alice = new PlainBrowser(peers.Alice, "localhost");
        using var bob = new PlainBrowser(peers.Bob, "localhost");

        var cookies = new[] { await alice.SignInAsync(), await bob.SignInAsync() };

        foreach (var cookie in cookies)
        {
            Assert.Contains("; samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("; domain", cookie, StringComparison.OrdinalIgnoreCase);
        }

        Assert.NotEqual(cookies[0].Split('=')[0], cookies[1].Split('=')[0]);
    }

    [Fact]
    public async Task Prefetching_a_link_does_not_use_it_up()
    {
        var link = await LinkAsync(peers.Alice);
        using var browser = new PlainBrowser(peers.Alice, "alice.localhost");

        using var ahead = await browser.GetAsync(link.PathAndQuery, ("Sec-Purpose", "prefetch;prerender"));
        using var opened = await browser.GetAsync(link.PathAndQuery);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ahead.StatusCode);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task Expired_link_is_refused()
    {
        await using var peer = await TestPeer.StartAsync(
            "latecomer",
            peers.Directory.Url,
            null,
            ("SignInLinkLifetime", "00:00:00.001")
        );
        using var browser = new PlainBrowser(peer, "latecomer.localhost");

        // A millisecond nearly always passes before a link is opened.
        await Eventually.True(IsExpiredAsync, PeerUnderTest.Soon, "a link has expired");

        async Task<bool> IsExpiredAsync()
        {
            using var response = await browser.GetAsync((await LinkAsync(peer)).PathAndQuery);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Contains("ctl latecomer web", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            return true;
        }
    }

    [Fact]
    public async Task Expired_session_is_refused()
    {
        await using var peer = await TestPeer.StartAsync(
            "shortly",
            peers.Directory.Url,
            null,
            ("BrowserSessionLifetime", "00:00:00.001")
        );
        using var browser = new PlainBrowser(peer, "shortly.localhost");
        _ = await browser.SignInAsync();

        await Eventually.True(
            async () =>
            {
                using var response = await browser.GetAsync("/");
                return response.Headers.Location?.OriginalString == "/login";
            },
            PeerUnderTest.Soon,
            "the session is over"
        );
    }

    [Fact]
    public async Task Session_survives_a_restart()
    {
        using var data = new TempDirectory();
        using var browser = new PlainBrowser("again.localhost");
        await using (var peer = await TestPeer.StartAsync("again", peers.Directory.Url, data.Path))
        {
            browser.Address = peer.Address;
            _ = await browser.SignInAsync(peer);
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Path.Combine(data.Path, "browser-sessions.json"))
            );
        }

        await using var restarted = await TestPeer.StartAsync("again", peers.Directory.Url, data.Path);
        browser.Address = restarted.Address;
        using var response = await browser.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(
            browser.Secret,
            await File.ReadAllTextAsync(Path.Combine(data.Path, "browser-sessions.json")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/logout", false)]
    [InlineData("/logout?everywhere=true", true)]
    public async Task Signing_out_ends_this_or_every_session(string path, bool endsOther)
    {
        using var browser = new PlainBrowser(peers.Bob, "bob.localhost");
        using var other = new PlainBrowser(peers.Bob, "bob.localhost");
        _ = await browser.SignInAsync();
        _ = await other.SignInAsync();
        var secret = browser.Secret;

        using (var response = await browser.SendAsync(HttpMethod.Post, path, ("Origin", browser.Origin)))
        {
            Assert.Equal("/login", response.Headers.Location?.OriginalString);
        }

        browser.Secret = secret;
        using var page = await browser.GetAsync("/");
        using var otherPage = await other.GetAsync("/");
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        Assert.Equal(endsOther ? HttpStatusCode.Redirect : HttpStatusCode.OK, otherPage.StatusCode);
    }

    [Fact]
    public async Task Creating_a_link_requires_the_API_token()
    {
        using var nobody = peers.Alice.NewClient();

        using var response = await nobody.PostAsync(new Uri("/api/web-links", UriKind.Relative), null);

        await ApiRefusalTests.IsProblemAsync(response, 401, "api-token-required");
    }

    [Fact]
    public async Task Unused_links_are_limited()
    {
        using var browser = new PlainBrowser(peers.Bob, "bob.localhost");
        var first = await LinkAsync(peers.Bob);
        for (var i = 0; i < 16; i++)
        {
            _ = await LinkAsync(peers.Bob);
        }

        using var response = await browser.GetAsync(first.PathAndQuery);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Links_and_cookies_are_not_logged()
    {
        using var data = new TempDirectory();
        var everything = new Dictionary<string, string>
        {
            ["Logging__LogLevel__Default"] = "Trace",
            ["Logging__LogLevel__Microsoft"] = "Trace",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
            ["Logging__LogLevel__P2PChat"] = "Trace",
        };
        await using var program = PeerProgram.Start(
            ["logged", "--discovery", peers.Directory.Url, "--data", data.Path, "--no-console"],
            everything
        );
        var link = await WebLinks.OfAsync(data.Path);
        using var browser = new PlainBrowser("logged.localhost")
        {
            Address = new UriBuilder(link) { Host = "127.0.0.1" }.Uri,
        };

        using var signedIn = await browser.GetAsync(link.PathAndQuery);
        using var page = await browser.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        await program.PrintsAsync("Microsoft.AspNetCore");
        program.Signal("TERM");
        _ = await program.ExitCodeAsync();
        foreach (var secret in (string[])[link.Query.Split('=')[1], browser.Secret])
        {
            Assert.DoesNotContain(secret, program.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, program.Errors, StringComparison.Ordinal);
        }
    }

    internal static async Task<Uri> LinkAsync(TestPeer peer)
    {
        using var response = await peer.Http.PostAsync(new Uri("/api/web-links", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return new Uri((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("url").GetString()!);
    }
}
