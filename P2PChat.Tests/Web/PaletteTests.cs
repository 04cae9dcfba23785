using Microsoft.Playwright;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Ctrl+K and the other keys of every page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class PaletteTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Palette_finds_people_conversations_and_messages()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Address);
        await carol.RegisteredAsync();
        var (alices, bobs) = (peers.Alice.Status.Name, peers.Bob.Status.Name);
        _ = await peers.Bob.Messages.SendAsync(alices, "the Needle is here, <b>needles</b> too");
        for (var i = 0; i < 60; i++)
        {
            _ = await peers.Bob.Messages.SendAsync(alices, $"straw {i}");
        }

        // A search does not wait for what comes later.
        await Eventually.True(
            () => peers.Alice.Messages.Page(bobs, null, null, 100).Messages.Count == 61,
            PeerUnderTest.Soon,
            "all messages have arrived"
        );
        peers.Alice.Contacts.SetNickname(bobs, "Bobby Tables");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/people");
        await alice.ShowsAsync("carol");
        var field = alice.Page.GetByRole(AriaRole.Combobox);
        var options = alice.Page.GetByRole(AriaRole.Option);

        // Without a text, it shows the latest conversations. Escape returns the focus.
        var search = alice.Page.GetByRole(AriaRole.Searchbox, new PageGetByRoleOptions { Name = "Find by name" });
        await search.FocusAsync();
        await alice.Page.Keyboard.PressAsync("Control+k");
        await Expect(field).ToBeFocusedAsync();
        await Expect(options).ToHaveCountAsync(1);
        await Expect(options.First).ToContainTextAsync("Bobby Tables bob");
        await Expect(options.First).ToHaveAttributeAsync("aria-selected", "true");
        await Expect(field).ToHaveAttributeAsync("aria-activedescendant", "palette-option-0");
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(field).ToBeHiddenAsync();
        await Expect(search).ToBeFocusedAsync();

        // A person without a conversation, and a text that is in no message.
        await alice.Page.Keyboard.PressAsync("Control+k");
        await field.FillAsync("car");
        await Expect(options).ToHaveTextAsync(["Ccarol online"]);
        await field.FillAsync("nowhere");
        await alice.ShowsAsync("Nothing found.");
        await Expect(field).ToHaveAttributeAsync("aria-expanded", "false");

        // Conversations by nickname, and messages with the words marked. Enter opens the selected one.
        await field.FillAsync("tables");
        await Expect(options.First).ToContainTextAsync("Bobby Tables");
        await field.FillAsync("needle");
        await Expect(options.Locator("mark")).ToHaveTextAsync(["Needle", "needles"]);
        await _looks.CheckAsync(alice, "palette");
        await alice.Page.Keyboard.PressAsync("ArrowDown");
        await alice.Page.Keyboard.PressAsync("ArrowUp");
        await Expect(options.First).ToHaveAttributeAsync("aria-selected", "true");
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(alice.Page.Locator(".target")).ToBeInViewportAsync();
        await Expect(alice.Page.Locator(".target")).ToContainTextAsync("the Needle is here");
        await Expect(field).ToBeHiddenAsync();
        // The menu of the messages marks the words, too.
        await alice.MenusAreAttachedAsync();
        Assert.Equal(
            ["Needle", "needles"],
            await alice.Page.EvaluateAsync<string[]>("[...CSS.highlights.get('found')].map(String)")
        );

        // The same message again, after the user has scrolled away.
        await alice.Log.EvaluateAsync("log => log.scrollTop = log.scrollHeight");
        await Expect(alice.Page.Locator(".target")).Not.ToBeInViewportAsync();
        await alice.Page.Keyboard.PressAsync("Control+k");
        await field.FillAsync("needle");
        await options.Filter(new LocatorFilterOptions { HasText = "Needle" }).ClickAsync();
        await Expect(alice.Page.Locator(".target")).ToBeInViewportAsync();

        // Enter before the results have come opens what they say, not what was shown before.
        await alice.Page.Keyboard.PressAsync("Control+k");
        await Expect(options.First).ToContainTextAsync("Bobby Tables bob");
        await field.EvaluateAsync(
            """
            field => {
              field.value = 'car';
              field.dispatchEvent(new Event('input', { bubbles: true }));
              field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
            }
            """
        );
        await Expect(alice.Page).ToHaveURLAsync(new Uri(alice.Home, "/c/carol").AbsoluteUri);
        Assert.Empty(alice.Errors);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Palette_opened_while_the_page_starts_shows_conversations()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Alice.Messages.SendAsync(peers.Bob.Status.Name, "hello");
        await using var alice = await browser.OpenAsync(peers.Alice);
        // In the turn in which the page becomes live: the peer attaches the palette some round trips later.
        await alice.Page.AddInitScriptAsync(
            """
            new MutationObserver((_, observer) => {
              if (document.querySelector('.app[data-live]') === null) return;
              observer.disconnect();
              document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }));
            }).observe(document, { childList: true, subtree: true, attributes: true });
            """
        );

        await alice.GoAsync("/settings");

        await Expect(alice.Page.Locator("#palette").GetByRole(AriaRole.Option)).ToContainTextAsync("bob");
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Keys_move_between_conversations_and_open_the_help()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Address);
        await carol.RegisteredAsync();
        await Peer.Api.ApiCalls.ConnectAsync(peers.Alice, "alice", carol, "carol");
        var alices = peers.Alice.Status.Name;
        _ = await carol.Messages.SendAsync(alices, "from carol");
        await Eventually.True(
            () => peers.Alice.Messages.Page(carol.Status.Name, null, null, 10).Messages.Count == 1,
            PeerUnderTest.Soon,
            "carol's message is the older one"
        );
        _ = await peers.Bob.Messages.SendAsync(alices, "from bob");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await Expect(alice.Page.Locator(".person .badge")).ToHaveCountAsync(2);
        var keyboard = alice.Page.Keyboard;

        // After the last conversation of the list comes the first.
        string[] names = ["bob", "carol"];
        await Expect(alice.Page.Locator(".person strong")).ToHaveTextAsync(names);
        var badges = alice.Page.Locator(".person .badge");
        await StepAsync("Alt+ArrowDown", names[0]);
        await Expect(badges).ToHaveCountAsync(1);
        await StepAsync("Alt+ArrowDown", names[1]);
        await Expect(badges).ToHaveCountAsync(0);
        await StepAsync("Alt+ArrowDown", names[0]);
        await StepAsync("Alt+ArrowUp", names[1]);
        await StepAsync("Alt+ArrowUp", names[0]);
        _ = await carol.Messages.SendAsync(alices, "again from carol");
        await Expect(alice.Page.Locator(".person .badge")).ToHaveCountAsync(1);
        await alice.GoAsync("/settings");
        await keyboard.PressAsync("Alt+Shift+ArrowDown");
        await Expect(alice.Page).ToHaveURLAsync(new Uri(alice.Home, "c/carol").AbsoluteUri);

        // In a field, "?" and "/" are text.
        await Expect(alice.Text).ToBeFocusedAsync();
        await keyboard.TypeAsync("? /");
        await Expect(alice.Text).ToHaveValueAsync("? /");
        await alice.Log.FocusAsync();
        await keyboard.PressAsync("?");
        var help = alice.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Keyboard shortcuts" });
        await Expect(help).ToContainTextAsync("Ctrl+K");
        await _looks.CheckAsync(alice, "keys");
        await keyboard.PressAsync("/");
        await keyboard.PressAsync("Escape");
        await Expect(help).ToBeHiddenAsync();
        await Expect(alice.Log).ToBeFocusedAsync();
        await keyboard.PressAsync("/");
        await Expect(alice.Page.Locator(".sidebar").GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();

        // Single keys can be turned off (WCAG 2.2, 2.1.4), and stay off after a reload.
        await alice.Log.FocusAsync();
        await keyboard.PressAsync("?");
        await help.GetByRole(AriaRole.Switch).UncheckAsync();
        await keyboard.PressAsync("Escape");
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        await alice.Log.FocusAsync();
        await keyboard.PressAsync("?");
        await Expect(alice.Log).ToBeFocusedAsync();
        await keyboard.PressAsync("Control+k");
        await Expect(alice.Page.GetByRole(AriaRole.Combobox)).ToBeFocusedAsync();
        await Expect(help).ToBeHiddenAsync();
        Assert.Empty(alice.Errors);
        _looks.AssertNothingFound();

        async Task StepAsync(string key, string name)
        {
            await keyboard.PressAsync(key);
            await Expect(alice.Page).ToHaveURLAsync(new Uri(alice.Home, $"c/{name}").AbsoluteUri);
            await Expect(alice.Text).ToBeFocusedAsync();
        }
    }
}
