using System.Net;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Web;

/// <summary>Requests from other pages, other peers' browsers and other users of the machine.</summary>
public sealed partial class PageGuardTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    [Theory]
    [InlineData("evil.example")]
    [InlineData("bob.localhost")]
    [InlineData("alice.localhost.evil.example")]
    [InlineData("127.0.0.1.nip.io")]
    [InlineData("10.0.0.7")]
    public async Task Foreign_host_is_refused(string host)
    {
        using var browser = await SignedInAsync();

        foreach (var path in (string[])["/", "/login", "/page.css", "/_blazor/initializers"])
        {
            using var response = await browser.GetAsync(path, ("Host", $"{host}:{browser.Address.Port}"));
            await ApiRefusalTests.IsProblemAsync(response, 403, "foreign-host");
        }
    }

    [Theory]
    [InlineData("alice.localhost")]
    [InlineData("ALICE.localhost")]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    public async Task Own_host_is_accepted(string host)
    {
        using var browser = await SignedInAsync();

        using var response = await browser.GetAsync("/", ("Host", $"{host}:{browser.Address.Port}"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Only_the_pages_that_scan_and_record_may_use_the_devices()
    {
        using var browser = await SignedInAsync();

        foreach (
            var (path, camera, microphone) in ((string, string, string)[])
                [
                    ("/", "", ""),
                    ("/c/bob/about", "", ""),
                    ("/c/bob/scan/more", "", ""),
                    ("/page.js", "", ""),
                    ("/c/bob/scan", "self", ""),
                    ("/c/bob", "", "self"),
                ]
        )
        {
            using var response = await browser.GetAsync(path);
            Assert.Equal(
                $"camera=({camera}), geolocation=(), microphone=({microphone})",
                Assert.Single(response.Headers.GetValues("Permissions-Policy"))
            );
            Assert.Contains(
                "script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
                    + "manifest-src 'self'; connect-src 'self' ws://",
                Assert.Single(response.Headers.GetValues("Content-Security-Policy")),
                StringComparison.Ordinal
            );
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("http://evil.example")]
    [InlineData("http://alice.localhost")]
    [InlineData("http://alice.localhost:1")]
    [InlineData("https://alice.localhost:PORT")]
    [InlineData("http://localhost:PORT")]
    [InlineData("http://alice.localhost:PORT.evil.example")]
    public async Task Cross_origin_write_and_socket_are_refused(string? origin)
    {
        using var browser = await SignedInAsync();
        (string, string)[] headers = origin is null
            ? []
            : [("Origin", origin.Replace("PORT", $"{browser.Address.Port}", StringComparison.Ordinal))];

        using var logout = await browser.SendAsync(HttpMethod.Post, "/logout?everywhere=true", headers);
        using var negotiate = await browser.SendAsync(
            HttpMethod.Post,
            "/_blazor/negotiate?negotiateVersion=1",
            headers
        );
        using var polling = await browser.GetAsync("/_blazor?id=1", headers);

        foreach (var response in (HttpResponseMessage[])[logout, negotiate, polling])
        {
            await ApiRefusalTests.IsProblemAsync(response, 403, "foreign-host");
        }

        await Assert.ThrowsAsync<WebSocketException>(() =>
            OpenSocketAsync(browser, headers.Select(header => header.Item2).FirstOrDefault())
        );
        using var page = await browser.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Own_page_opens_a_socket()
    {
        using var browser = await SignedInAsync();

        using var socket = await OpenSocketAsync(browser, browser.Origin);

        Assert.Equal(WebSocketState.Open, socket.State);
    }

    [Fact]
    public async Task Signing_out_closes_the_socket()
    {
        using var browser = await SignedInAsync();
        using var socket = await OpenSocketAsync(browser, browser.Origin);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        using (var response = await browser.SendAsync(HttpMethod.Post, "/logout", ("Origin", browser.Origin)))
        {
            Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        }

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[1024], limit.Token));
    }

    [Theory]
    [InlineData("iframe", "navigate", "cross-site")]
    [InlineData("iframe", "navigate", "same-site")]
    [InlineData("image", "no-cors", "cross-site")]
    [InlineData("script", "no-cors", "same-site")]
    [InlineData("empty", "cors", "cross-site")]
    public async Task Framing_and_cross_site_loading_are_refused(string destination, string mode, string site)
    {
        using var browser = await SignedInAsync();

        foreach (var path in (string[])["/", "/login", "/page.js"])
        {
            using var response = await browser.GetAsync(
                path,
                ("Sec-Fetch-Dest", destination),
                ("Sec-Fetch-Mode", mode),
                ("Sec-Fetch-Site", site)
            );
            await ApiRefusalTests.IsProblemAsync(response, 403, "foreign-host");
        }
    }

    [Fact]
    public async Task Socket_without_a_session_is_refused()
    {
        using var browser = new PlainBrowser(peers.Alice, "alice.localhost");

        using var negotiate = await browser.SendAsync(
            HttpMethod.Post,
            "/_blazor/negotiate?negotiateVersion=1",
            ("Origin", browser.Origin)
        );

        await ApiRefusalTests.IsProblemAsync(negotiate, 401, "sign-in-required");
        await Assert.ThrowsAsync<WebSocketException>(() => OpenSocketAsync(browser, browser.Origin));
    }

    [Fact]
    public async Task Another_peers_cookie_is_refused()
    {
        using var alice = await SignedInAsync();
        using var bob = new PlainBrowser(peers.Bob, "bob.localhost");
        _ = await bob.SignInAsync();

        foreach (var name in (string[])[alice.CookieName, bob.CookieName])
        {
            using var response = await new PlainBrowser(peers.Alice, "alice.localhost").GetAsync(
                "/",
                ("Cookie", $"{name}={bob.Secret}")
            );
            Assert.Equal("/login", response.Headers.Location?.OriginalString);
        }
    }

    [Fact]
    public async Task Cookie_and_API_token_do_not_open_each_others_endpoints()
    {
        using var browser = await SignedInAsync();

        foreach (var path in (string[])["/api/status", "/api/events", "/openapi/v1.json", "/API/status"])
        {
            using var response = await browser.GetAsync(path);
            await ApiRefusalTests.IsProblemAsync(response, 401, "api-token-required");
        }

        using var page = await peers.Alice.Http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal("/login", page.RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/login")]
    [InlineData("/c/bob")]
    public async Task Page_has_no_inline_script_or_third_party_content(string path)
    {
        using var browser = await SignedInAsync();

        using var response = await browser.GetAsync(path);

        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("; font-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("media-src 'self'; manifest-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        var html = await response.Content.ReadAsStringAsync();
        Assert.DoesNotMatch(InlineScriptOrStyle(), html);
        Assert.DoesNotMatch(Elsewhere(), html);
    }

    [Fact]
    public async Task Static_files_are_served_in_every_environment()
    {
        using var browser = new PlainBrowser(peers.Alice, "alice.localhost");

        foreach (
            var (path, type) in ((string, string)[])
                [
                    ("/base.css", "text/css"),
                    ("/page.css", "text/css"),
                    ("/page.js", "text/javascript"),
                    ("/icon.svg", "image/svg+xml"),
                    ("/_framework/blazor.web.js", "text/javascript"),
                ]
        )
        {
            using var response = await browser.GetAsync(path);
            Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
            Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        }
    }

    private async Task<PlainBrowser> SignedInAsync()
    {
        var browser = new PlainBrowser(peers.Alice, "alice.localhost");
        _ = await browser.SignInAsync();
        return browser;
    }

    private static async Task<ClientWebSocket> OpenSocketAsync(PlainBrowser browser, string? origin)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", new Uri(browser.Origin).Authority);
        if (browser.Secret.Length > 0)
        {
            socket.Options.SetRequestHeader("Cookie", $"{browser.CookieName}={browser.Secret}");
        }

        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await socket.ConnectAsync(
                new UriBuilder(browser.Address) { Scheme = "ws", Path = "/_blazor" }.Uri,
                limit.Token
            );
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [GeneratedRegex("<script(?![^>]* src=)|<style|<[^>]+ (style|on[a-z]+)=|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScriptOrStyle();

    [GeneratedRegex("(src|href)=\"(https?:)?//", RegexOptions.IgnoreCase)]
    private static partial Regex Elsewhere();
}
