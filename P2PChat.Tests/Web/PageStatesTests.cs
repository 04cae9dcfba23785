using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Checks every state of the page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class PageStatesTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Every_state_is_readable_labelled_and_fits()
    {
        await using var peers = await WebPeers.StartAsync();
        var others = await Task.WhenAll(
            TestPeer.StartAsync("wilhelmina-of-the-long-username", peers.Directory.Address),
            TestPeer.StartAsync("mallory", peers.Directory.Address)
        );
        await using var stranger = others[0];
        await using var blocked = others[1];
        await Task.WhenAll(stranger.RegisteredAsync(), blocked.RegisteredAsync());
        await using var alice = await browser.OpenAsync(peers.Alice);
        await _looks.CheckAsync(alice, "empty");
        await alice.GoAsync("/people");
        await Expect(alice.Button("Ask to connect to bob")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "people");

        await alice.GoAsync("/c/bob");
        await _looks.CheckAsync(alice, "stranger");
        await ApiCalls.ConnectAsync(peers.Alice, "alice", peers.Bob, "bob");
        await alice.GoAsync("/c/bob");
        await _looks.CheckAsync(alice, "nothing-said");
        await TalkAsync(peers);
        await alice.GoAsync("/c/bob");
        await Expect(alice.Messages.Last).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "chat");
        await alice.Log.EvaluateAsync("log => log.scrollTop = 0");
        await Expect(alice.Button("Go to the newest message")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "chat-top");

        await stranger.Connections.ConnectAsync(Username.Parse("alice"), CancellationToken.None);
        await alice.GoAsync("/");
        await Expect(alice.Button("Accept wilhelmina-of-the-long-username")).ToBeVisibleAsync();
        _ = await peers.Bob.Messages.SendAsync(Username.Parse("alice"), "and this is new");
        await Expect(alice.Page.Locator(".person .badge")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "request-and-unread");
        await alice.GoAsync("/c/wilhelmina-of-the-long-username");
        await Expect(alice.Page.Locator(".composer-note code")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "asking");
        peers.Alice.StoredContacts.NoteOtherKey(Username.Parse("bob"), PeerId.FromPublicKey("another"u8));
        await alice.GoAsync("/c/bob");
        await alice.ShowsAsync("bob's key has changed");
        await _looks.CheckAsync(alice, "other-key");
        await alice.Button("Accept this key …").ClickAsync();
        await _looks.CheckAsync(alice, "other-key-asked");
        peers.Alice.StoredContacts.Remember(Username.Parse("bob"), peers.Bob.Status.PeerId);
        await alice.GoAsync("/c/wilhelmina-of-the-long-username");
        await _looks.CheckAsync(alice, "asked");
        await peers.Alice.Contacts.BlockAsync(Username.Parse("mallory"), CancellationToken.None);
        await alice.GoAsync("/c/mallory");
        await alice.ShowsAsync("You have blocked");
        await _looks.CheckAsync(alice, "blocked");
        await alice.GoAsync("/c/bob/about");
        await _looks.CheckAsync(alice, "about");
        await alice.GoAsync("/c/bob/scan");
        await alice.ShowsAsync("or compare the digits");
        await _looks.CheckAsync(alice, "scan-failed");
        await alice.GoAsync("/search?words=nothing-has-this");
        await _looks.CheckAsync(alice, "search-none");
        await alice.GoAsync("/search?words=the");
        await _looks.CheckAsync(alice, "search-many");
        await alice.GoAsync("/settings");
        await _looks.CheckAsync(alice, "settings");
        await alice.GoAsync("/not-found");
        await _looks.CheckAsync(alice, "not-found");

        await alice.GoAsync("/c/bob");
        await alice.Text.FillAsync("an answer");
        peers.Bob.Presence.SetTyping(Username.Parse("alice"), active: true);
        await alice.ShowsAsync("bob is typing");
        await alice.Button("Emoji").ClickAsync();
        await Expect(alice.Page.Locator(".emoji-picker")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "writing-and-emoji");
        await peers.Bob.StopAsync();
        await alice.GoAsync("/c/bob");
        await alice.ShowsAsync("bob is offline.");
        await alice.WriteAsync("it waits");
        await alice.ShowsMessageAsync("it waits");
        await _looks.CheckAsync(alice, "link-lost");
        await peers.Directory.StopAsync();
        await alice.GoAsync("/peer");
        await alice.ShowsAsync("The directory cannot be reached");
        await _looks.CheckAsync(alice, "directory-away");
        await alice.GoAsync("/people");
        await _looks.CheckAsync(alice, "people-directory-away");
        await peers.Alice.StopAsync();
        await Expect(alice.Page.Locator("#offline .offline")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "peer-away");
        Assert.Empty(alice.ScriptErrors);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Sign_in_and_loading_states_are_readable_labelled_and_fit()
    {
        await using var directory = await StubServer.StartAsync(context =>
            Task.Delay(Timeout.Infinite, context.RequestAborted)
        );
        await using var peer = await TestPeer.StartAsync("alice", directory.Address.OriginalString);
        var link = await SignInTests.LinkAsync(peer);
        await using var alice = await browser.OpenAsync(link);
        await using var stranger = new PeerPage(await (await browser.NewContextAsync()).NewPageAsync(), alice.Home);

        await stranger.Page.GotoAsync(alice.Home.AbsoluteUri);
        await Expect(stranger.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Sign in" }))
            .ToBeVisibleAsync();
        await _looks.CheckAsync(stranger, "sign-in");
        await stranger.Page.GotoAsync(link.AbsoluteUri);
        await Expect(
                stranger.Page.GetByRole(
                    AriaRole.Heading,
                    new PageGetByRoleOptions { Name = "This link no longer works" }
                )
            )
            .ToBeVisibleAsync();
        await _looks.CheckAsync(stranger, "void-link");
        await _looks.CheckAsync(alice, "not-yet-registered");
        await alice.GoAsync("/people");
        await Expect(alice.Page.GetByLabel("Loading")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "loading");
        Assert.NotEqual(0, await alice.Page.EvaluateAsync<int>("document.getAnimations().length"));
        await alice.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
        Assert.Equal(0, await alice.Page.EvaluateAsync<int>("document.getAnimations().length"));

        await alice.GoAsync("/settings");
        await alice.TakesFocusAsync();
        Assert.InRange(await TabThroughAsync(alice), 10, 40);
        _looks.AssertNothingFound();
    }

    // Until the focus starts over. Every element on the way must show a focus ring.
    private static async Task<int> TabThroughAsync(PeerPage page)
    {
        var stops = new HashSet<string>();
        while (stops.Count <= 40)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            var focus = await page.Page.EvaluateAsync<string[]>(
                """
                () => {
                  const style = getComputedStyle(document.activeElement);
                  const ring = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
                  return [document.activeElement.outerHTML.slice(0, 200), ring >= 2 ? 'ring' : 'none'];
                }
                """
            );
            if (focus[0].StartsWith("<body", StringComparison.Ordinal))
            {
                continue;
            }

            if (!stops.Add(focus[0]))
            {
                break;
            }

            Assert.True(focus[1] == "ring", $"There is no focus ring around {focus[0]}");
            if (PageLooks.Pictures is { } pictures)
            {
                await page.Page.ScreenshotAsync(
                    new PageScreenshotOptions { Path = Path.Combine(pictures, $"focus-{stops.Count:00}.png") }
                );
            }
        }

        return stops.Count;
    }

    // Several days, every kind of text, and every state of a sent message.
    private static async Task TalkAsync(WebPeers peers)
    {
        var (alice, bob) = (Username.Parse("alice"), Username.Parse("bob"));
        string[] texts =
        [
            "Good morning! Did the parcel arrive?",
            $"It did. {string.Concat(Enumerable.Repeat("Here is the long story of how it got to my door. ", 12))}",
            "See https://example.org/parcels?number=123#where and `ls -la`, or:\n```\nfor (var i = 0; i < 10; i++)\n"
                + "    Console.WriteLine($\"parcel {i} in a line that is much longer than any bubble is wide\");"
                + "\n```",
            "👍",
            "שלום, מה שלומך היום? הכל בסדר כאן, תודה.",
            "مرحبا، كيف حالك؟ and the English after it",
            $"a {new string('w', 120)} word, https://example.org/{new string('x', 140)}",
            "日本語のテキストも大丈夫です。",
            "🎉🎂",
            "one\ntwo\n\nfour",
        ];
        for (var i = 0; i < texts.Length; i++)
        {
            _ = await (
                i % 3 == 1
                    ? peers.Alice.Messages.SendAsync(bob, texts[i])
                    : peers.Bob.Messages.SendAsync(alice, texts[i])
            );
        }

        await Infrastructure.Eventually.True(
            () => peers.Alice.Messages.Page(bob, null, null, 100).Messages.Count == texts.Length,
            TimeSpan.FromSeconds(30),
            "bob's messages have arrived"
        );
        foreach (var text in (string[])["queued", "sent", "delivered", "read", "expired", "refused", "taken back"])
        {
            _ = await peers.Alice.Messages.SendAsync(bob, text);
        }

        await Infrastructure.Eventually.True(
            () =>
                peers.Alice.Messages.Page(bob, null, null, 100).Messages is { Count: 17 } all
                && all[^1].State == P2PChat.Node.Model.MessageState.Delivered,
            TimeSpan.FromSeconds(30),
            "all messages have arrived"
        );

        await using var store = new SqliteConnection(
            $"Data Source={Path.Combine(peers.Alice.Data, "peer.db")};Pooling=False"
        );
        await store.OpenAsync();
        await using var command = store.CreateCommand();
        command.CommandText = """
            UPDATE messages SET sent_at = sent_at - 86400000 * 3 WHERE position <= 2;
            UPDATE messages SET sent_at = sent_at - 86400000 WHERE position BETWEEN 3 AND 5;
            UPDATE messages SET state = position - 11 WHERE position BETWEEN 11 AND 17;
            """;
        _ = await command.ExecuteNonQueryAsync();
    }
}
