using Microsoft.Playwright;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>The menu of a message, by mouse, keyboard and touch.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class MessageMenuTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    private static readonly string[] Texts = ["one", "**two** `2`\n```\nlines\n```", "three", "four"];

    [ChromiumFact]
    public async Task Message_can_be_copied_and_deleted_by_mouse()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await SendAllAsync(peers);
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("four");
        var menu = Menu(alice);

        // The text is copied as it was written, not as it is shown.
        await alice.MenusAreAttachedAsync();
        await alice.Messages.Nth(1).HoverAsync();
        await alice.Button("Message actions").ClickAsync();
        await Expect(menu).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "message-menu");
        await Item(alice, "Copy").ClickAsync();
        await alice.ShowsAsync("Copied.");
        Assert.Equal(Texts[1], await alice.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        await Expect(menu).ToBeHiddenAsync();
        await Expect(alice.Text).ToBeFocusedAsync();

        // A right click opens it where the pointer is, and clicking elsewhere closes it.
        await alice.Messages.Nth(2).ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
        await Expect(menu).ToBeInViewportAsync();
        await alice.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "bob" }).First.ClickAsync();
        await Expect(menu).ToBeHiddenAsync();

        // Deleting asks first, and deletes only this copy.
        await alice.Messages.Nth(2).ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
        await Item(alice, "Delete for me …").ClickAsync();
        var question = alice.Page.GetByRole(AriaRole.Alertdialog);
        await Expect(question).ToContainTextAsync("only your copy");
        await _looks.CheckAsync(alice, "delete-message");
        await question.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Cancel" }).ClickAsync();
        await Expect(alice.Messages).ToHaveCountAsync(4);
        await alice.Messages.Nth(2).ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
        await Item(alice, "Delete for me …").ClickAsync();
        await question.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" }).ClickAsync();
        await Expect(alice.Messages).ToHaveCountAsync(3);
        Assert.Equal(4, peers.Bob.Messages.Page(peers.Alice.Status.Name, null, null, 10).Messages.Count);
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Message_menu_works_with_the_keyboard_alone()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await SendAllAsync(peers);
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("four");
        await alice.ComposerIsAttachedAsync();
        await alice.MenusAreAttachedAsync();
        await Expect(alice.Text).ToBeFocusedAsync();
        var keyboard = alice.Page.Keyboard;

        // The log is one stop of the Tab key; within it, the arrow keys move.
        await alice.Log.FocusAsync();
        await keyboard.PressAsync("ArrowUp");
        await Expect(alice.Messages.Nth(3)).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowUp");
        await keyboard.PressAsync("ArrowUp");
        await Expect(alice.Messages.Nth(1)).ToBeFocusedAsync();
        await keyboard.PressAsync("End");
        await Expect(alice.Messages.Nth(3)).ToBeFocusedAsync();
        await keyboard.PressAsync("Home");
        await Expect(alice.Messages.Nth(0)).ToBeFocusedAsync();
        await keyboard.PressAsync("Shift+Tab");
        await Expect(alice.Link("About bob")).ToBeFocusedAsync();

        // Enter opens the menu. Escape closes it, and the focus returns.
        await alice.Log.FocusAsync();
        await keyboard.PressAsync("ArrowUp");
        await keyboard.PressAsync("Enter");
        await Expect(Item(alice, "React with 👍")).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowRight");
        await Expect(Item(alice, "React with ❤️")).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowLeft");
        await keyboard.PressAsync("ArrowUp");
        await Expect(Item(alice, "Delete for me …")).ToBeFocusedAsync();
        await keyboard.PressAsync("c");
        await Expect(Item(alice, "Copy")).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await Expect(Menu(alice)).ToBeHiddenAsync();
        await Expect(alice.Messages.Nth(3)).ToBeFocusedAsync();

        // After a message is deleted, its neighbour has the focus.
        await keyboard.PressAsync("Shift+F10");
        await keyboard.PressAsync("End");
        await keyboard.PressAsync("Enter");
        await Expect(alice.Button("Cancel")).ToBeFocusedAsync();
        await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Enter");
        await Expect(alice.Messages).ToHaveCountAsync(3);
        await Expect(alice.Messages.Nth(2)).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await Expect(alice.Text).ToBeFocusedAsync();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Long_press_opens_the_message_menu_on_a_phone()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await SendAllAsync(peers);
        await using var alice = await browser.OpenPhoneAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("four");

        await alice.LongPressAsync(alice.Messages.Nth(3));
        await Expect(Menu(alice)).ToBeInViewportAsync();
        await Expect(alice.Button("Message actions")).ToBeHiddenAsync();
        await alice.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "bob" }).First.TapAsync();
        await Expect(Menu(alice)).ToBeHiddenAsync();
        Assert.Empty(alice.Errors);
    }

    private static ILocator Menu(PeerPage page) =>
        page.Page.GetByRole(AriaRole.Menu, new PageGetByRoleOptions { Name = "Message" });

    private static ILocator Item(PeerPage page, string name) =>
        page.Page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = name, Exact = true });

    private static async Task SendAllAsync(WebPeers peers)
    {
        foreach (var text in Texts)
        {
            _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, text);
        }

        await Eventually.True(
            () =>
                peers.Alice.Messages.Page(peers.Bob.Status.Name, null, null, 10).Messages is { Count: 4 } all
                && all.All(message => message.State != MessageState.Queued),
            PeerUnderTest.Soon,
            "alice has all messages"
        );
    }
}
