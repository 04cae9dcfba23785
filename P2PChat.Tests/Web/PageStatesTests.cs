using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Peer;
using P2PChat.Tests.Peer.Api;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>
/// Each state of the page, light and dark, wide and narrow: legible, named, within its width. With
/// <c>P2PCHAT_PICTURES=&lt;directory&gt;</c> in the environment a picture of each is left there.
/// </summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class PageStatesTests(Browser browser)
{
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("P2PCHAT_PICTURES");

    private readonly List<string> _findings = [];
    private string _look = "";

    public static TheoryData<int, int, bool> Looks => new() { { 1280, 800, false }, { 1280, 800, true }, { 360, 640, false }, { 360, 640, true } };

    [ChromiumTheory]
    [MemberData(nameof(Looks))]
    public async Task Every_state_is_legible_named_and_within_its_width(int width, int height, bool isDark)
    {
        _look = $"{(width < 750 ? "narrow" : "wide")}-{(isDark ? "dark" : "light")}";
        await using var peers = await WebPeers.StartAsync();
        await using var stranger = await TestPeer.StartAsync("wilhelmina-of-the-long-username", peers.Directory.Address);
        await using var blocked = await TestPeer.StartAsync("mallory", peers.Directory.Address);
        await stranger.RegisteredAsync();
        await blocked.RegisteredAsync();
        await using var alice = await browser.OpenAsync(peers.Alice, width, height, isDark ? ColorScheme.Dark : ColorScheme.Light);
        await SeeAsync(alice, "empty");
        await alice.GoAsync("/people");
        await Expect(alice.Button("Ask bob to connect")).ToBeVisibleAsync();
        await SeeAsync(alice, "people");

        await alice.GoAsync("/c/bob");
        await SeeAsync(alice, "stranger");
        await ApiCalls.ConnectAsync(peers.Alice, "alice", peers.Bob, "bob");
        await alice.GoAsync("/c/bob");
        await SeeAsync(alice, "nothing-said");
        await TalkAsync(peers);
        await alice.GoAsync("/c/bob");
        await SeeAsync(alice, "chat");
        await alice.Log.EvaluateAsync("log => log.scrollTop = 0");
        await Expect(alice.Button("Go to the newest message")).ToBeVisibleAsync();
        await SeeAsync(alice, "chat-top");

        await stranger.Node.ConnectAsync(Username.Parse("alice"), CancellationToken.None);
        await alice.GoAsync("/");
        await Expect(alice.Button("Accept wilhelmina-of-the-long-username")).ToBeVisibleAsync();
        _ = await peers.Bob.Node.SendAsync(Username.Parse("alice"), "and this is new");
        await Expect(alice.Page.Locator(".person .badge")).ToBeVisibleAsync();
        await SeeAsync(alice, "request-and-unread");
        await alice.GoAsync("/c/wilhelmina-of-the-long-username");
        await SeeAsync(alice, "asked");
        await peers.Alice.Node.BlockAsync(Username.Parse("mallory"), CancellationToken.None);
        await alice.GoAsync("/c/mallory");
        await alice.ShowsAsync("You have blocked");
        await SeeAsync(alice, "blocked");
        await alice.GoAsync("/c/bob/about");
        await SeeAsync(alice, "about");
        await alice.GoAsync("/search?words=nothing-has-this");
        await SeeAsync(alice, "search-none");
        await alice.GoAsync("/search?words=the");
        await SeeAsync(alice, "search-many");
        await alice.GoAsync("/settings");
        await SeeAsync(alice, "settings");
        await alice.GoAsync("/not-found");
        await SeeAsync(alice, "not-found");

        await alice.GoAsync("/c/bob");
        await alice.Text.FillAsync("an answer");
        peers.Bob.Node.SetTyping(Username.Parse("alice"), active: true);
        await alice.ShowsAsync("bob is writing");
        await alice.Button("Emoji").ClickAsync();
        await SeeAsync(alice, "writing-and-emoji");
        await peers.Bob.StopAsync();
        await alice.GoAsync("/c/bob");
        await alice.ShowsAsync("What you write is kept here");
        await alice.WriteAsync("it waits");
        await alice.ShowsMessageAsync("it waits");
        await SeeAsync(alice, "link-lost");
        await peers.Directory.StopAsync();
        await alice.GoAsync("/peer");
        await alice.ShowsAsync("The directory does not answer");
        await SeeAsync(alice, "directory-away");
        await alice.GoAsync("/people");
        await SeeAsync(alice, "people-directory-away");
        await peers.Alice.StopAsync();
        await alice.ShowsAsync("Your peer does not answer.");
        await SeeAsync(alice, "peer-away");
        Assert.True(_findings.Count == 0, string.Join('\n', _findings));
    }

    private async Task SeeAsync(PeerPage page, string state)
    {
        foreach (var finding in await page.FindingsAsync())
            _findings.Add($"{_look} {state}: {finding}");
        if (Pictures is not null)
            await page.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, $"{_look}-{state}.png") });
    }

    // Of two days, with each thing that a text can be, and with each state that a message of ours can have.
    private static async Task TalkAsync(WebPeers peers)
    {
        var (alice, bob) = (Username.Parse("alice"), Username.Parse("bob"));
        string[] texts =
        [
            "Good morning! Did the parcel arrive?",
            $"It did. {string.Concat(Enumerable.Repeat("Here is the long story of how it went from door to door, and who signed for it. ", 9))}",
            "See https://example.org/parcels?number=123#where and `ls -la`, or:\n```\nfor (var i = 0; i < 10; i++)\n    Console.WriteLine($\"parcel {i} of a line that is longer than the bubble is wide, by far, on any screen\");\n```",
            "👍",
            "שלום, מה שלומך היום? הכל בסדר כאן, תודה.",
            "مرحبا، كيف حالك؟ and the English after it",
            $"a {new string('w', 120)} word, https://example.org/{new string('x', 140)}",
            "日本語のテキストも大丈夫です。",
            "🎉🎂",
            "one\ntwo\n\nfour",
        ];
        for (var i = 0; i < texts.Length; i++)
            _ = await (i % 3 == 1 ? peers.Alice.Node.SendAsync(bob, texts[i]) : peers.Bob.Node.SendAsync(alice, texts[i]));
        await Infrastructure.Eventually.True(
            () => peers.Alice.Node.Messages(bob, null, null, 100).Messages.Count == texts.Length, TimeSpan.FromSeconds(30), "what bob has said is there");
        foreach (var text in (string[])["the one that waits", "the one that is under way", "the one that is there", "the one that was read", "the one that expired", "the one that was refused", "the one that was taken back"])
            _ = await peers.Alice.Node.SendAsync(bob, text);
        await Infrastructure.Eventually.True(
            () => peers.Alice.Node.Messages(bob, null, null, 100).Messages is { Count: 17 } all && all[^1].State == P2PChat.Peer.Chat.MessageState.Delivered,
            TimeSpan.FromSeconds(30), "all has been said");

        await using var store = new SqliteConnection($"Data Source={Path.Combine(peers.Alice.Data, "peer.db")};Pooling=False");
        await store.OpenAsync();
        await using var command = store.CreateCommand();
        command.CommandText =
            """
            UPDATE messages SET sent_at = sent_at - 86400000 * 3 WHERE position <= 2;
            UPDATE messages SET sent_at = sent_at - 86400000 WHERE position BETWEEN 3 AND 5;
            UPDATE messages SET state = position - 11 WHERE position BETWEEN 11 AND 17;
            """;
        _ = await command.ExecuteNonQueryAsync();
    }
}
