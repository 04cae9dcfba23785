using System.Net;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Web;

/// <summary>A page whose public address differs from the one it listens on.</summary>
public sealed class PublicAddressTests : IAsyncLifetime
{
    private TestDirectory? _directory;

    public async Task InitializeAsync() => _directory = await TestDirectory.StartAsync();

    public async Task DisposeAsync() => await _directory!.DisposeAsync();

    [Fact]
    public async Task Proxy_with_TLS_uses_the_public_address_everywhere()
    {
        await using var peer = await StartAsync("https://alice.example.org");
        using var browser = new PlainBrowser("alice.example.org") { Address = peer.Address };
        var host = ("Host", "alice.example.org");

        var link = await SignInTests.LinkAsync(peer);
        Assert.StartsWith("https://alice.example.org/login?code=", link.AbsoluteUri, StringComparison.Ordinal);
        using var signedIn = await browser.GetAsync(link.PathAndQuery, host);

        Assert.Contains(
            "; secure",
            Assert.Single(signedIn.Headers.GetValues("Set-Cookie")),
            StringComparison.OrdinalIgnoreCase
        );
        Assert.Contains(
            "wss://alice.example.org;",
            Assert.Single(signedIn.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal
        );
        using var page = await browser.GetAsync("/", host);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        foreach (
            var origin in (string[])
                [
                    "http://alice.example.org",
                    "https://alice.example.org:8443",
                    "https://evil.example",
                    $"http://alice.localhost:{peer.Address.Port}",
                ]
        )
        {
            using var refused = await browser.SendAsync(HttpMethod.Post, "/logout", host, ("Origin", origin));
            await ApiRefusalTests.IsProblemAsync(refused, 403, "foreign-host");
        }

        using var signedOut = await browser.SendAsync(
            HttpMethod.Post,
            "/logout",
            host,
            ("Origin", "https://alice.example.org")
        );
        Assert.Equal(HttpStatusCode.Redirect, signedOut.StatusCode);
    }

    [Fact]
    public async Task Published_port_accepts_only_its_public_host()
    {
        await using var peer = await StartAsync("http://chat.example.org:8081/");
        using var browser = new PlainBrowser("chat.example.org") { Address = peer.Address };

        var link = await SignInTests.LinkAsync(peer);
        Assert.Equal("http://chat.example.org:8081/login", link.GetLeftPart(UriPartial.Path));
        using var signedIn = await browser.GetAsync(link.PathAndQuery, ("Host", "chat.example.org:8081"));

        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        Assert.DoesNotContain(
            "; secure",
            Assert.Single(signedIn.Headers.GetValues("Set-Cookie")),
            StringComparison.OrdinalIgnoreCase
        );
        foreach (
            var host in (string[])
                ["chat.example.org", "chat.example.org:8082", "evil.example:8081", "bob.localhost:8081"]
        )
        {
            using var refused = await browser.GetAsync("/", ("Host", host));
            await ApiRefusalTests.IsProblemAsync(refused, 403, "foreign-host");
        }

        using var local = await browser.GetAsync("/", ("Host", $"alice.localhost:{peer.Address.Port}"));
        Assert.Equal(HttpStatusCode.OK, local.StatusCode);
    }

    private Task<TestPeer> StartAsync(string address) =>
        TestPeer.StartAsync("alice", _directory!.Url, data: null, ("WebAddress", address));
}
