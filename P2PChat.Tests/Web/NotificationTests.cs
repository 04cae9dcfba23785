using System.Text.Json;
using Microsoft.Playwright;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Several tabs of one browser: notifications, badges, drafts and what is read.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class NotificationTests(Browser browser)
{
    // Playwright gives every page the focus, and its browser shows no notifications.
    private const string Recorder = """
        window.notes = [];
        window.sounds = 0;
        window.hasLeft = false;
        document.hasFocus = () => !window.hasLeft;
        HTMLMediaElement.prototype.play = function () { window.sounds++; return Promise.resolve(); };
        window.Notification = class {
          static permission = localStorage.getItem('test-permission') ?? 'default';
          static requestPermission() {
            localStorage.setItem('test-permission', 'granted');
            return Promise.resolve(Notification.permission = 'granted');
          }
          constructor(title, { body, tag }) {
            Object.assign(this, { title, body, tag, isClosed: false });
            // A browser replaces a notification that has the same tag.
            window.notes.filter(note => note.tag === tag).forEach(note => note.close());
            window.notes.push(this);
          }
          close() {
            this.isClosed = true;
          }
        };
        """;

    private static readonly Username Alice = Username.Parse("alice");

    [ChromiumFact]
    public async Task One_tab_notifies_and_all_tabs_agree()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Address);
        await carol.RegisteredAsync();
        _ = await peers.Alice.Messages.SendAsync(Username.Parse("bob"), "hi");
        await using var context = await browser.NewContextAsync();
        await context.AddInitScriptAsync(Recorder);
        await using var first = await OpenTabAsync(context, await SignInTests.LinkAsync(peers.Alice));
        await first.Button("Turn on").ClickAsync();
        await Expect(first.Page.Locator(".notify-banner")).ToBeHiddenAsync();
        await first.Page.ReloadAsync();
        await using var second = await OpenTabAsync(context, new Uri(first.Home, "/settings"));
        await Expect(second.Page.GetByRole(AriaRole.Switch, new() { Name = "Show notifications" })).ToBeCheckedAsync();
        await NotifyAsync(second, tabs: 2);

        await SendAsync("hello\nthere");
        await Expect(first.Page).ToHaveTitleAsync("(1) alice – P2PChat");
        await Expect(second.Page).ToHaveTitleAsync("(1) Settings – P2PChat");
        await HaveNotesAsync("bob: hello there");
        Assert.Equal(1, await SumAsync("() => window.sounds"));
        var favicon = first.Page.Locator("link[rel=icon]");
        await Expect(favicon).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("^data:.*1%3C"));

        await second.Page.GetByRole(AriaRole.Switch, new() { Name = "Hide message text" }).CheckAsync();
        // The browser copies the choice to the other tab's process.
        await first.Page.WaitForFunctionAsync("() => localStorage.getItem('notification-hide') === 'on'");
        await SendAsync("a secret");
        await HaveNotesAsync("bob: hello there", "bob: New message");
        // A click opens the conversation where the new messages begin, and all tabs know that it has been read.
        var (leader, other) = (await NotesAsync(first)).Length > 0 ? (first, second) : (second, first);
        await leader.Page.EvaluateAsync("() => window.notes.at(-1).onclick()");
        await Expect(leader.Page.Locator(".first-unread")).ToContainTextAsync("New messages");
        await Expect(leader.Page.Locator(".first-unread")).ToContainTextAsync("there");
        await Expect(leader.Page).ToHaveTitleAsync("bob – P2PChat");
        await Expect(other.Page.Locator(".person .badge")).ToHaveCountAsync(0);
        await Expect(favicon).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("icon.*svg$"));

        // Nothing about what the user looks at; something once they look elsewhere.
        await SendAsync("seen");
        await leader.ShowsMessageAsync("seen");
        await LeaveAsync(leader);
        await SendAsync("unseen");
        await Expect(leader.Page).ToHaveTitleAsync("(1) bob – P2PChat");
        await HaveNotesAsync("bob: hello there", "bob: New message", "bob: New message");
        await Expect(leader.Page.Locator(".first-unread")).ToContainTextAsync("unseen");
        await leader.Page.EvaluateAsync("() => { window.hasLeft = false; dispatchEvent(new Event('focus')); }");
        await Expect(leader.Page).ToHaveTitleAsync("bob – P2PChat");
        await Expect(leader.Page.Locator(".first-unread")).ToContainTextAsync("unseen");
        await Eventually.True(
            async () => await SumAsync("() => window.notes.filter(note => !note.isClosed).length") == 0,
            PeerUnderTest.Soon,
            "what is read needs no notification"
        );

        await other.GoAsync("/c/bob/about");
        await other.Page.GetByRole(AriaRole.Switch, new() { Name = "Mute" }).CheckAsync();
        await leader.GoAsync("/");
        await Expect(leader.Page.GetByTitle("Muted")).ToBeVisibleAsync();
        await SendAsync("muted");
        await Expect(leader.Page.Locator(".person .badge")).ToHaveTextAsync("1 unread");
        await Expect(leader.Page).ToHaveTitleAsync("alice – P2PChat");
        await leader.Page.CloseAsync();
        // The other tab takes over.
        await carol.Connections.ConnectAsync(Alice, CancellationToken.None);
        await Eventually.True(
            async () => (await NotesAsync(other)).LastOrDefault() == "carol: Asks to connect with you",
            PeerUnderTest.Soon,
            "the request is notified"
        );
        Assert.DoesNotContain("bob: muted", await NotesAsync(other));
        await Expect(other.Page).ToHaveTitleAsync("(1) About bob – P2PChat");
        Assert.Empty(first.ScriptErrors);
        Assert.Empty(second.ScriptErrors);

        Task SendAsync(string text) => peers.Bob.Messages.SendAsync(Alice, text);

        Task HaveNotesAsync(params string[] expected) =>
            Eventually.True(
                async () =>
                {
                    string[] notes = [.. await NotesAsync(first), .. await NotesAsync(second)];
                    return expected.SequenceEqual(notes);
                },
                PeerUnderTest.Soon,
                $"there are the notifications {string.Join(", ", expected)}"
            );

        async Task<int> SumAsync(string script) =>
            await first.Page.EvaluateAsync<int>(script) + await second.Page.EvaluateAsync<int>(script);
    }

    [ChromiumFact]
    public async Task Notification_stays_until_its_reaction_is_seen_or_its_text_deleted()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (bob, messages) = (Username.Parse("bob"), peers.Bob.Messages);
        var own = await peers.Alice.Messages.SendAsync(bob, "at eight?");
        await Eventually.True(
            () => messages.Page(Alice, null, null, 10).Messages.Count == 1,
            PeerUnderTest.Soon,
            "bob has the message"
        );
        await using var context = await browser.NewContextAsync();
        await context.AddInitScriptAsync(Recorder);
        await using var tab = await OpenTabAsync(context, await SignInTests.LinkAsync(peers.Alice));
        await tab.Button("Turn on").ClickAsync();
        await Expect(tab.Page.Locator(".notify-banner")).ToBeHiddenAsync();
        await NotifyAsync(tab, tabs: 1);

        await messages.ReactAsync(Alice, own.Id, "👍");
        await IsOpenAsync("Reacted 👍 to: at eight?");
        // Without a reload, which would remove it, too.
        await tab.Page.Locator(".person").ClickAsync();
        await NoneIsOpenAsync();

        await tab.ComposerIsAttachedAsync();
        await LeaveAsync(tab);
        _ = await messages.SendAsync(Alice, "an older one");
        var secret = await messages.SendAsync(Alice, "the secret");
        await IsOpenAsync("the secret");
        _ = await messages.EditAsync(Alice, secret.Id, "the password");
        await IsOpenAsync("the password");
        _ = await messages.RemoveForAllAsync(Alice, secret.Id);
        await NoneIsOpenAsync();
        await Expect(tab.Page).ToHaveTitleAsync("(1) bob – P2PChat");
        Assert.Empty(tab.ScriptErrors);

        Task IsOpenAsync(string text) => OpenAsync([text]);

        Task NoneIsOpenAsync() => OpenAsync([]);

        Task OpenAsync(string[] expected) =>
            Eventually.True(
                async () =>
                {
                    var open = await tab.Page.EvaluateAsync<string[]>(
                        "() => window.notes.filter(note => !note.isClosed).map(note => note.body)"
                    );
                    return expected.SequenceEqual(open);
                },
                PeerUnderTest.Soon,
                $"the open notifications are '{string.Join(", ", expected)}'"
            );
    }

    [ChromiumFact]
    public async Task Tabs_share_drafts_and_open_at_the_first_unread_message()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        for (var i = 1; i <= 60; i++)
        {
            _ = await peers.Bob.Messages.SendAsync(Alice, $"message {i}");
        }

        await using var context = await browser.NewContextAsync();
        await context.AddInitScriptAsync(Recorder);
        await using var first = await OpenTabAsync(context, await SignInTests.LinkAsync(peers.Alice));
        await first.Button("Not now").ClickAsync();
        await Expect(first.Page).ToHaveTitleAsync("(60) alice – P2PChat");
        await first.GoAsync("/c/bob");
        await Expect(first.Page.Locator(".notify-banner")).ToBeHiddenAsync();
        await Expect(first.Page.Locator("#new-messages")).ToBeInViewportAsync();
        await Expect(first.Page.Locator(".first-unread .text")).ToHaveTextAsync("message 1");
        await Expect(first.Page).ToHaveTitleAsync("(60) bob – P2PChat");
        await first.Button("Go to the newest message: 60 new below").ClickAsync();
        await Expect(first.Page).ToHaveTitleAsync("bob – P2PChat");
        await first.Log.EvaluateAsync("log => log.scrollTop = 0");
        await Expect(first.Page.Locator("#new-messages")).ToHaveCountAsync(1);

        // Messages marked as unread stay so while the conversation is open, and in front.
        var last = peers.Alice.Messages.Page(Username.Parse("bob"), null, null, 3).Messages[0];
        peers.Alice.ChatMarks.MarkUnread(Username.Parse("bob"), last.Id);
        await Expect(first.Page.Locator(".first-unread .text")).ToHaveTextAsync(last.Text);
        await first.Log.EvaluateAsync("log => log.scrollTop = log.scrollHeight");
        await Expect(first.Page).ToHaveTitleAsync("(3) bob – P2PChat");

        await using var second = await OpenTabAsync(context, new Uri(first.Home, "/c/bob"));
        await Expect(first.Page).ToHaveTitleAsync("bob – P2PChat");
        await Expect(first.Page.Locator("#new-messages")).ToHaveCountAsync(0);
        await Expect(second.Page.Locator("#new-messages")).ToHaveCountAsync(1);

        await first.Text.PressSequentiallyAsync("one for all");
        await Expect(second.Text).ToHaveValueAsync("one for all");
        await second.Text.PressAsync("End");
        await second.Text.PressSequentiallyAsync("!");
        await Expect(first.Text).ToHaveValueAsync("one for all!");
        await second.Text.PressAsync("Enter");
        await first.ShowsMessageAsync("one for all!");
        await Expect(first.Text).ToHaveValueAsync("");
        await Expect(second.Text).ToHaveValueAsync("");
        await Expect(second.Page.Locator("#new-messages")).ToHaveCountAsync(0);

        var cdp = await context.NewCDPSessionAsync(first.Page);
        var manifest = (await cdp.SendAsync("Page.getAppManifest"))!.Value;
        Assert.Equal(0, manifest.GetProperty("errors").GetArrayLength());
        Assert.Equal(
            "alice – P2PChat",
            JsonDocument.Parse(manifest.GetProperty("data").GetString()!).RootElement.GetProperty("name").GetString()
        );
        // Playwright's windows are private, so that must be the only obstacle to installing the page.
        Assert.Equal(
            ["in-incognito"],
            (await cdp.SendAsync("Page.getInstallabilityErrors"))!
                .Value.GetProperty("installabilityErrors")
                .EnumerateArray()
                .Select(error => error.GetProperty("errorId").GetString())
        );
        // With the session attached, Chromium sometimes closes the window only after half a minute.
        await cdp.DetachAsync();

        await second.Text.FillAsync("not for others");
        await first.GoAsync("/settings");
        await first.Button("Sign out this browser").ClickAsync();
        await first.ShowsAsync("To sign in, create a link");
        await Eventually.True(
            async () => await first.Page.EvaluateAsync<string?>("() => localStorage.getItem('draft:/c/bob')") is null,
            PeerUnderTest.Soon,
            "signing out removes the drafts"
        );
        Assert.Empty(first.ScriptErrors);
        Assert.Empty(second.ScriptErrors);
    }

    private static async Task<PeerPage> OpenTabAsync(IBrowserContext context, Uri address)
    {
        var tab = new PeerPage(await context.NewPageAsync(), new Uri(address, "/"));
        await tab.Page.GotoAsync(address.AbsoluteUri);
        await tab.IsLiveAsync();
        return tab;
    }

    /// <summary>Takes the focus from a tab, and waits until the peer knows.</summary>
    private static async Task LeaveAsync(PeerPage tab)
    {
        await tab.Page.EvaluateAsync("() => { window.hasLeft = true; dispatchEvent(new Event('blur')); }");
        // The peer handles what a page reports in order.
        var filter = tab.Page.Locator(".sidebar [type=search]");
        await filter.FillAsync("nobody");
        await tab.ShowsAsync("No conversation matches.");
        await filter.FillAsync("");
        await Expect(tab.Page.Locator(".person")).ToBeVisibleAsync();
    }

    /// <summary>Waits until each of some tabs notifies, or would if it were the only one.</summary>
    private static Task NotifyAsync(PeerPage tab, int tabs) =>
        Eventually.True(
            async () =>
                await tab.Page.EvaluateAsync<int>(
                    """
                    async () => {
                      const { held, pending } = await navigator.locks.query();
                      return held.length === 1 ? held.length + pending.length : 0;
                    }
                    """
                ) == tabs,
            PeerUnderTest.Soon,
            $"{tabs} tabs are ready to notify"
        );

    private static Task<string[]> NotesAsync(PeerPage tab) =>
        tab.Page.EvaluateAsync<string[]>("() => window.notes.map(note => `${note.title}: ${note.body}`)");
}
