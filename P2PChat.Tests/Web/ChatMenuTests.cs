using Microsoft.Playwright;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>The list of conversations: its filter, and the menu of each.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class ChatMenuTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Conversations_can_be_filtered_pinned_muted_and_archived()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Address);
        await carol.RegisteredAsync();
        await Peer.Api.ApiCalls.ConnectAsync(peers.Alice, "alice", carol, "carol");
        var (alices, bobs) = (peers.Alice.Status.Name, peers.Bob.Status.Name);
        _ = await peers.Bob.Messages.SendAsync(alices, "from bob");
        await Eventually.True(
            () => peers.Alice.Messages.Page(bobs, null, null, 1).Messages.Count == 1,
            PeerUnderTest.Soon,
            "bob's message has arrived first"
        );
        _ = await carol.Messages.SendAsync(alices, "from carol");
        peers.Alice.Contacts.SetNickname(bobs, "Bobby");
        await using var alice = await browser.OpenAsync(peers.Alice);
        var names = alice.Page.Locator(".person strong bdi");
        var badges = alice.Page.Locator(".person .badge");
        await Expect(names).ToHaveTextAsync(["carol", "Bobby"]);

        // All are marked as read at once, and one as unread again.
        await Expect(badges).ToHaveCountAsync(2);
        await alice.Button("Mark all as read").ClickAsync();
        await Expect(badges).ToHaveCountAsync(0);
        await Expect(alice.Button("Mark all as read")).ToBeHiddenAsync();
        await ChooseAsync(alice, "Bobby", "Mark as unread");
        await Expect(badges).ToHaveTextAsync(["1 unread"]);
        await ChooseAsync(alice, "Bobby", "Mark as read");
        await Expect(badges).ToHaveCountAsync(0);

        // Pinned conversations come first. Muted ones say so. Archived ones are in a group that can be opened.
        await ChooseAsync(alice, "Bobby", "Pin");
        await Expect(names).ToHaveTextAsync(["Bobby", "carol"]);
        await ChooseAsync(alice, "carol", "Mute");
        await Expect(Row(alice, "carol").GetByTitle("Muted")).ToBeVisibleAsync();
        await ChooseAsync(alice, "carol", "Archive");
        await Expect(names).ToHaveTextAsync(["Bobby"]);
        var archive = alice.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Archived 1" });
        await Expect(archive).ToHaveAttributeAsync("aria-expanded", "false");
        await archive.ClickAsync();
        await Expect(names).ToHaveTextAsync(["Bobby", "carol"]);
        await Row(alice, "carol").HoverAsync();
        await Row(alice, "carol").GetByRole(AriaRole.Button).ClickAsync();
        await _looks.CheckAsync(alice, "chat-menu");
        await Item(alice, "Unarchive").ClickAsync();
        await Expect(archive).ToHaveCountAsync(0);
        Assert.True(peers.Alice.ChatMarks.Of(bobs).Pinned);

        // The filter finds nicknames; Enter searches messages; Escape clears it.
        var filter = alice.Page.GetByRole(AriaRole.Searchbox);
        await filter.FillAsync("BOBB");
        await Expect(names).ToHaveTextAsync(["Bobby"]);
        await filter.FillAsync("nobody");
        await alice.ShowsAsync("No conversation matches.");
        await _looks.CheckAsync(alice, "filter-none");
        await filter.PressAsync("Escape");
        await Expect(names).ToHaveCountAsync(2);
        await filter.FillAsync("carol");
        await alice.Link("Search messages for carol").ClickAsync();
        await alice.ShowsAsync("One message");

        // By keyboard: arrow keys in the list, the menu key, and the focus returns.
        var keyboard = alice.Page.Keyboard;
        await alice.GoAsync("/settings");
        // A page that has just loaded focuses its heading.
        await alice.TakesFocusAsync();
        await alice.MenusAreAttachedAsync();
        await keyboard.PressAsync("/");
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await Expect(Row(alice, "carol").GetByRole(AriaRole.Link)).ToBeFocusedAsync();
        await keyboard.PressAsync("Shift+F10");
        await Expect(Item(alice, "Open")).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await Expect(Row(alice, "carol").GetByRole(AriaRole.Link)).ToBeFocusedAsync();
        await keyboard.PressAsync("ContextMenu");
        await keyboard.PressAsync("A");
        await keyboard.PressAsync("Enter");
        await Expect(Row(alice, "Bobby").GetByRole(AriaRole.Link)).ToBeFocusedAsync();
        await Expect(names).ToHaveTextAsync(["Bobby"]);

        // The head of a conversation has the same menu.
        await alice.GoAsync("/c/carol");
        await alice.MenusAreAttachedAsync();
        await alice.Button("Conversation actions").ClickAsync();
        await Expect(Item(alice, "Open")).ToBeHiddenAsync();
        await Item(alice, "Unarchive").ClickAsync();
        await Expect(names).ToHaveTextAsync(["Bobby", "carol"]);
        Assert.Empty(alice.Errors);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Long_press_on_a_conversation_opens_only_its_menu()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenPhoneAsync(peers.Alice);
        var row = Row(alice, "bob");

        // It moves the list when it appears.
        await Expect(alice.Button("Not now")).ToBeVisibleAsync();
        await alice.LongPressAsync(row);
        await Item(alice, "Pin").TapAsync();
        await Expect(row.GetByTitle("Pinned")).ToBeVisibleAsync();
        await Expect(alice.Page).ToHaveURLAsync(alice.Home.AbsoluteUri);
        await row.TapAsync();
        await Expect(alice.Text).ToBeVisibleAsync();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Tap_right_after_a_long_press_is_not_swallowed()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenPhoneAsync(peers.Alice);
        var row = Row(alice, "bob");

        await HoldAsync(
            alice,
            row,
            """
            touch(link, 'pointerup');
            const item = menu.querySelector('[data-action=pin]');
            touch(item, 'pointerdown');
            touch(item, 'pointerup');
            item.click();
            """
        );

        await Expect(row.GetByTitle("Pinned")).ToBeVisibleAsync();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Late_click_of_a_long_press_does_not_open_the_conversation()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenPhoneAsync(peers.Alice);

        // As late as a busy browser may send it.
        await HoldAsync(
            alice,
            Row(alice, "bob"),
            """
            touch(link, 'pointerup');
            await new Promise(done => setTimeout(done, 100));
            link.click();
            """
        );

        await Item(alice, "Mute").TapAsync();
        await Expect(Row(alice, "bob").GetByTitle("Muted")).ToBeVisibleAsync();
        await Expect(alice.Page).ToHaveURLAsync(alice.Home.AbsoluteUri);
        Assert.Empty(alice.Errors);
    }

    // Holds a finger on a row until the menu opens. The steps that follow run without a pause for the browser's events.
    private static async Task HoldAsync(PeerPage page, ILocator row, string steps)
    {
        await page.MenusAreAttachedAsync();
        await row.EvaluateAsync(
            $$"""
            async row => {
              const touch = (target, type) => target.dispatchEvent(new PointerEvent(type, {
                bubbles: true, cancelable: true, isPrimary: true, pointerType: 'touch',
              }));
              const [link, menu] = [row.querySelector('a'), document.getElementById('chat-menu')];
              touch(link, 'pointerdown');
              while (!menu.matches(':popover-open')) {
                await new Promise(requestAnimationFrame);
              }
              {{steps}}
            }
            """
        );
    }

    private static ILocator Row(PeerPage page, string name) =>
        page.Page.Locator(".conversations li", new PageLocatorOptions { HasText = name });

    private static ILocator Item(PeerPage page, string name) =>
        page.Page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = name, Exact = true });

    private static async Task ChooseAsync(PeerPage page, string name, string item)
    {
        await page.MenusAreAttachedAsync();
        await Row(page, name).ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
        await Item(page, item).ClickAsync();
    }
}
