using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Attacks through the user's own browser.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class HostilePageTests(Browser browser)
{
    [ChromiumFact]
    public async Task Message_markup_is_shown_as_text()
    {
        string[] texts =
        [
            "<script>window.hacked = 1</script>",
            "<img src=x onerror=\"window.hacked = 1\">",
            "\"><svg onload=window.hacked=1>",
            "javascript:window.hacked=1",
            "[x](javascript:window.hacked=1) data:text/html,<script>window.hacked=1</script>",
            "https://a.example/\"onmouseover=\"window.hacked=1",
            "https://user:secret@a.example/",
            "`<b onclick=window.hacked=1>`\n```\n</code></pre><iframe src=javascript:window.hacked=1>\n```",
            "&lt;script&gt;window.hacked=1&lt;/script&gt;<!--",
            "{{constructor.constructor('window.hacked=1')()}}",
            "\u202egnp.exe\u2066",
        ];
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");

        foreach (var text in texts)
        {
            _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, text);
        }

        await Expect(alice.Messages).ToHaveCountAsync(texts.Length);
        foreach (var item in await alice.Log.Locator("a").AllAsync())
        {
            await item.HoverAsync();
            Assert.StartsWith("https://a.example/", await item.GetAttributeAsync("href"), StringComparison.Ordinal);
        }

        foreach (var text in texts[..3])
        {
            await alice.ShowsMessageAsync(text);
        }

        await alice.ShowsMessageAsync("<U+202E>gnp.exe<U+2066>");
        await Expect(alice.Log.Locator("script, img, iframe, b, svg:not(.icon)")).ToHaveCountAsync(0);
        // The text also appears in search results, the sidebar, announcements and the search box.
        foreach (
            var path in (string[])
                [
                    "/search?words=hacked",
                    $"/search?words={Uri.EscapeDataString(texts[1])}",
                    "/",
                    "/people",
                    "/c/bob/about",
                ]
        )
        {
            await alice.GoAsync(path);
            _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, texts[1]);
            await Expect(alice.Page.Locator("[aria-live=polite]")).ToContainTextAsync(texts[1]);
            await Expect(alice.Page.Locator(".preview")).ToHaveTextAsync(texts[1]);
            await Expect(alice.Page.Locator(".app :is(script, img, iframe, b)")).ToHaveCountAsync(0);
        }

        Assert.Null(await alice.Page.EvaluateAsync<int?>("window.hacked ?? null"));
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Directory_markup_is_shown_as_text()
    {
        const string Refusal = "<img src=x onerror='window.hacked=1'> is refused";
        await using var directory = await StubServer.StartAsync(context =>
        {
            context.Response.StatusCode = 403;
            return context.Response.WriteAsJsonAsync(
                new
                {
                    type = "urn:p2pchat:problem:join-token-required",
                    title = Refusal,
                    status = 403,
                    detail = Refusal,
                },
                options: null,
                contentType: "application/problem+json"
            );
        });
        await using var peer = await Node.TestPeer.StartAsync("alice", directory.Address.OriginalString);
        await using var alice = await browser.OpenAsync(peer);

        await alice.GoAsync("/peer");
        await alice.ShowsAsync("The directory requires a join token");
        await alice.GoAsync("/people");
        await alice.ShowsAsync("The directory requires a join token");

        Assert.Null(await alice.Page.EvaluateAsync<int?>("window.hacked ?? null"));
        Assert.Empty(await alice.Page.Locator("main img").AllAsync());
    }

    [ChromiumFact]
    public async Task Page_of_another_origin_is_refused()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var elsewhere = await StubServer.StartAsync(StubServer.Attacking(alice.Home));

        // Another site, and another port of the same host, which browsers count as the same site.
        foreach (var host in (string[])["localhost", "alice.localhost"])
        {
            var page = await alice.Page.Context.NewPageAsync();
            await page.GotoAsync($"http://{host}:{elsewhere.Address.Port}/");
            await page.WaitForFunctionAsync("window.done");
            Assert.Equal(
                "read: refused; post: refused; socket: refused; script: refused; frame: refused",
                await page.EvaluateAsync<string>("window.results.join('; ')")
            );
            await page.CloseAsync();
        }

        await alice.GoAsync("/c/bob");
        await alice.WriteAsync("still signed in");
        await Expect(alice.Messages.Last.GetByTitle("Delivered")).ToBeVisibleAsync();
    }

    [ChromiumFact]
    public async Task Link_from_another_site_opens_the_page_when_signed_in()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var elsewhere = await StubServer.StartAsync(context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync($"<a href='{alice.Home}'>to alice</a>");
        });

        await alice.Page.GotoAsync($"http://localhost:{elsewhere.Address.Port}/");
        await alice.Page.GetByText("to alice").ClickAsync();

        await alice.IsLiveAsync();
    }

    [ChromiumFact]
    public async Task Another_peers_cookie_does_not_sign_in()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var bob = await browser.OpenAsync(peers.Bob);
        var stolen = (await bob.Page.Context.CookiesAsync()).First(cookie =>
            cookie.HttpOnly && !cookie.Name.EndsWith("-form", StringComparison.Ordinal)
        );
        var context = await browser.NewContextAsync();
        await using var alice = new PeerPage(
            await context.NewPageAsync(),
            new Uri($"http://alice.localhost:{peers.Alice.Address.Port}/")
        );

        await context.AddCookiesAsync([
            new Cookie
            {
                Name = stolen.Name,
                Value = stolen.Value,
                Url = alice.Home.AbsoluteUri,
            },
        ]);
        await alice.Page.GotoAsync(alice.Home.AbsoluteUri);

        Assert.Equal("/login", new Uri(alice.Page.Url).AbsolutePath);
    }
}
