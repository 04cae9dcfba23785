using System.Text.RegularExpressions;
using Microsoft.Playwright;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Two users, each at their own peer's page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class ChatPageTests(Browser browser)
{
    [ChromiumFact]
    public async Task Two_people_connect_and_chat()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);

        await Expect(alice.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Welcome, alice" }))
            .ToBeVisibleAsync();
        await alice.AskAsync("bob");
        await alice.ShowsAsync("Request sent to bob");
        await bob.Button("Accept alice").ClickAsync();
        await alice.WriteAsync("hello, bob");
        await bob.ShowsMessageAsync("hello, bob");
        await Expect(alice.Messages.Last.GetByTitle("Read")).ToBeVisibleAsync();
        await bob.WriteAsync("hello, alice");
        await alice.ShowsMessageAsync("hello, alice");

        await alice.Text.FillAsync("one line");
        await alice.Text.PressAsync("Shift+Enter");
        await alice.Text.PressSequentiallyAsync("and another");
        await alice.Button("Send").ClickAsync();
        await bob.ShowsMessageAsync("one line\nand another");
        await Expect(alice.Text).ToHaveValueAsync("");
        Assert.Empty(alice.Errors);
        Assert.Empty(bob.Errors);
    }

    [ChromiumFact]
    public async Task Request_can_be_rejected_or_cancelled()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);

        await alice.AskAsync("bob");
        await bob.Button("Reject alice").ClickAsync();
        await alice.ShowsAsync("bob rejected your request");
        await bob.AskAsync("alice");
        await Expect(alice.Button("Accept bob")).ToBeVisibleAsync();
        await bob.Button("Cancel request").ClickAsync();

        await Expect(alice.Button("Accept bob")).ToBeHiddenAsync();
        await Expect(bob.Button("Ask to connect")).ToBeVisibleAsync();
    }

    [ChromiumFact]
    public async Task Changes_made_elsewhere_show_on_the_page()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        var (peer, bob) = (peers.Alice, peers.Bob.Status.Name);

        // Bob is offline, so that no receipt tells the page about the message.
        await peers.Bob.StopAsync();
        await alice.ShowsAsync("bob is offline.");
        _ = await peer.Messages.SendAsync(bob, "from the console");
        await alice.ShowsMessageAsync("from the console");
        peer.Contacts.SetNickname(bob, "Bobby");
        await Expect(alice.Page.Locator(".person")).ToContainTextAsync("Bobby");
        await Expect(alice.Page.Locator(".person")).ToContainTextAsync("You: from the console");
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Typing_and_read_receipts_are_shown()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();

        await alice.Text.PressSequentiallyAsync("I am");
        await Expect(bob.Page.Locator(".person")).ToContainTextAsync("typing …");
        await alice.Text.FillAsync("");
        await Expect(bob.Page.Locator(".person")).Not.ToContainTextAsync("typing …");
        await alice.WriteAsync("read this");
        await Expect(alice.Messages.Last.GetByTitle("Delivered")).ToBeVisibleAsync();
        await bob.Page.Locator(".person").ClickAsync();
        await Expect(alice.Messages.Last.GetByTitle("Read")).ToBeVisibleAsync();

        await bob.ComposerIsAttachedAsync();
        await bob.Text.PressSequentiallyAsync("so do I");
        await alice.ShowsAsync("bob is typing");
        await bob.Text.PressAsync("Enter");
        await Expect(alice.Page.GetByText("bob is typing")).ToBeHiddenAsync();
    }

    [ChromiumFact]
    public async Task Search_result_is_highlighted_and_opens_its_message()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var alices = peers.Alice.Status.Name;
        _ = await peers.Bob.Messages.SendAsync(alices, "the Needle is here, <b>needles</b> too");
        for (var i = 0; i < 120; i++)
        {
            _ = await peers.Bob.Messages.SendAsync(alices, $"straw {i}");
        }

        // A search does not wait for what comes later.
        await Eventually.True(
            () => peers.Alice.Messages.Page(peers.Bob.Status.Name, null, null, 200).Messages.Count == 121,
            PeerUnderTest.Soon,
            "all messages have arrived"
        );
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");

        await alice.Page.GetByRole(AriaRole.Searchbox).FillAsync("needle");
        await alice.Page.GetByRole(AriaRole.Searchbox).PressAsync("Enter");
        await alice.ShowsAsync("One message");
        await Expect(alice.Page.Locator("mark")).ToHaveTextAsync(["Needle", "needles"]);
        await alice.Page.Locator(".results a").ClickAsync();

        await Expect(alice.Page.Locator(".target")).ToBeInViewportAsync();
        await Expect(alice.Page.Locator(".target")).ToContainTextAsync("the Needle is here");
        await Expect(alice.Page.Locator(".target mark")).ToHaveTextAsync(["Needle", "needles"]);
        await alice.Page.Locator(".to-end").ClickAsync();
        await Expect(alice.Messages.Last).ToBeInViewportAsync();
        await alice.ShowsMessageAsync("straw 119");
    }

    [ChromiumFact]
    public async Task Comparing_the_safety_number_verifies_the_contact()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await alice.GoAsync("/c/bob/about");
        await bob.GoAsync("/c/alice/about");

        var digits = await alice.Page.Locator(".digits").InnerTextAsync();
        Assert.Equal(60, digits.Count(char.IsAsciiDigit));
        Assert.Equal(digits, await bob.Page.Locator(".digits").InnerTextAsync());
        await Expect(
                alice.Page.GetByRole(AriaRole.Img, new PageGetByRoleOptions { Name = "Safety number as a QR code" })
            )
            .ToBeVisibleAsync();
        await alice.Button("They match").ClickAsync();

        await Expect(alice.Page.GetByText("not verified")).ToHaveCountAsync(0);
        await alice.ShowsAsync("verified");
        Assert.True(peers.Alice.Contacts.Safety(peers.Bob.Status.Name).Verified);
        await alice.GoAsync("/c/bob");
        await Expect(alice.Page.GetByRole(AriaRole.Heading)).ToContainTextAsync("verified");
    }

    [ChromiumFact]
    public async Task Contact_can_be_renamed_blocked_and_unblocked()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob/about");

        await alice.Page.Locator("#nickname").FillAsync("Bobby");
        await alice.Button("Save").ClickAsync();
        await Expect(alice.Page.Locator(".person")).ToContainTextAsync("Bobby");
        await alice.Button("Block …").ClickAsync();
        await alice.Button("Block").ClickAsync();
        await Expect(alice.Page.Locator(".person")).ToHaveCountAsync(0);
        await alice.GoAsync("/c/bob");
        await alice.ShowsAsync("You have blocked Bobby");
        await alice.Link("Unblock …").ClickAsync();
        await alice.Button("Unblock").ClickAsync();

        await Expect(alice.Button("Block …")).ToBeVisibleAsync();
    }

    [ChromiumFact]
    public async Task Conversation_can_be_deleted()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "forget this");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("forget this");

        await alice.Link("About bob").ClickAsync();
        await alice.Button("Delete …").ClickAsync();
        await alice.Button("Delete all messages").ClickAsync();
        await alice.ShowsAsync("Your copy of the conversation is deleted.");
        await alice.Link("Back to the conversation with bob").ClickAsync();

        await alice.ShowsAsync("Your copy of this conversation is deleted.");
        await Expect(alice.Page.Locator(".person")).ToHaveCountAsync(1);
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Unread_messages_are_counted_until_they_are_seen()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);

        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "first");
        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "second");
        await Expect(alice.Page.Locator(".person .badge")).ToHaveTextAsync("2 unread");
        await Expect(alice.Page).ToHaveTitleAsync("(2) alice – P2PChat");
        await alice.Page.Locator(".person").ClickAsync();

        await alice.ShowsMessageAsync("second");
        await Expect(alice.Page.Locator(".person .badge")).ToHaveCountAsync(0);
        await Expect(alice.Page).ToHaveTitleAsync("bob – P2PChat");
    }

    [ChromiumFact]
    public async Task Directory_outage_is_shown_and_chat_goes_on()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/peer");
        await alice.ShowsAsync("Registered in the directory");

        await peers.Directory.StopAsync();
        await alice.ShowsAsync("The directory cannot be reached");
        await alice.Page.Locator(".person").ClickAsync();
        await alice.WriteAsync("still here?");
        await Expect(alice.Messages.Last.GetByTitle("Delivered")).ToBeVisibleAsync();
        await alice.GoAsync("/people");
        await alice.ShowsAsync("This list may be out of date.");
        await peers.Directory.StartAsync();

        await Expect(alice.Page.Locator(".me-link")).ToContainTextAsync("online");
    }

    [ChromiumFact]
    public async Task Links_and_code_are_formatted()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");

        _ = await peers.Bob.Messages.SendAsync(
            peers.Alice.Status.Name,
            "see https://example.org/a?b=c, and `x < y`\n```\nif (x < y)\n  stop();\n```"
        );

        var link = alice.Log.GetByRole(AriaRole.Link);
        await Expect(link).ToHaveAttributeAsync("href", "https://example.org/a?b=c");
        await Expect(link).ToHaveAttributeAsync("rel", "noopener noreferrer nofollow");
        await Expect(link).ToHaveAttributeAsync("target", "_blank");
        await Expect(alice.Log.Locator("p code")).ToHaveTextAsync("x < y");
        await Expect(alice.Log.Locator("pre")).ToHaveTextAsync("if (x < y)\n  stop();");
    }

    [ChromiumFact]
    public async Task Setting_takes_effect_on_all_pages_and_for_others()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await using var second = await browser.OpenAsync(peers.Bob);
        await second.GoAsync("/settings");
        await bob.GoAsync("/settings");
        await Expect(bob.Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "Ask me" }))
            .ToBeCheckedAsync();

        await Switch(bob, "Read receipts").UncheckAsync();
        await Nobody(bob).CheckAsync();

        await Expect(Switch(second, "Read receipts")).Not.ToBeCheckedAsync();
        await Expect(Nobody(second)).ToBeCheckedAsync();
        await Expect(Switch(second, "Typing indicator"))
            .ToHaveAccessibleDescriptionAsync(new Regex("typing a message"));
        await bob.GoAsync("/c/alice");
        await alice.GoAsync("/c/bob");
        await alice.WriteAsync("read in secret");
        await bob.ShowsMessageAsync("read in secret");
        await bob.WriteAsync("an answer");
        await alice.ShowsMessageAsync("an answer");
        await Expect(alice.Messages.First.GetByTitle("Delivered")).ToBeVisibleAsync();
    }

    [ChromiumFact]
    public async Task Draft_is_kept_when_the_conversation_is_reopened()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");

        await alice.Text.FillAsync("half a sen");
        await alice.Link("About bob").ClickAsync();
        await alice.Link("Back to the conversation with bob").ClickAsync();
        await Expect(alice.Text).ToHaveValueAsync("half a sen");
        await alice.WriteAsync("a whole one");
        await alice.ShowsMessageAsync("a whole one");
        await alice.Link("About bob").ClickAsync();
        await alice.Link("Back to the conversation with bob").ClickAsync();

        await alice.ComposerIsAttachedAsync();
        await Expect(alice.Text).ToHaveValueAsync("");
    }

    [ChromiumFact]
    public async Task Message_submitted_before_attachment_is_sent_later()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.Link("People").ClickAsync();

        // In one turn of the browser's event loop, so that nothing from the peer comes between.
        await alice.Page.EvaluateAsync(
            """
            () => new Promise(done => {
              new MutationObserver((_, observer) => {
                const text = document.querySelector('.composer textarea');
                if (text === null) return;
                observer.disconnect();
                text.value = 'quicker than the page';
                text.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
                done();
              }).observe(document.body, { childList: true, subtree: true });
              document.querySelector('.person').click();
            })
            """
        );

        await alice.ShowsMessageAsync("quicker than the page");
        await Expect(alice.Text).ToHaveValueAsync("");
    }

    [ChromiumFact]
    public async Task Page_works_with_the_keyboard_alone()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await alice.TakesFocusAsync();
        await bob.TakesFocusAsync();

        await TabToAsync(alice, "People");
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(alice.Page.GetByRole(AriaRole.Searchbox, new PageGetByRoleOptions { Name = "Find by name" }))
            .ToBeFocusedAsync();
        await TabToAsync(alice, "Ask to connect to bob");
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(bob.Button("Accept alice")).ToBeVisibleAsync();
        await TabToAsync(bob, "Accept alice");
        await bob.Page.Keyboard.PressAsync("Space");
        await Expect(bob.Text).ToBeFocusedAsync();
        await bob.Page.Keyboard.TypeAsync("typed");
        await bob.Page.Keyboard.PressAsync("Enter");

        await alice.ShowsMessageAsync("typed");
        await Expect(alice.Text).ToBeFocusedAsync();
    }

    [ChromiumFact]
    public async Task New_message_is_announced_to_screen_readers()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);

        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "listen");

        await Expect(alice.Page.Locator("[aria-live=polite]")).ToHaveTextAsync("bob: listen");
        await alice.Page.Locator(".person").ClickAsync();
        await Expect(alice.Log).ToHaveAccessibleNameAsync("Messages with bob");
        await Expect(alice.Messages.First).ToContainTextAsync("bob:");
        await Expect(alice.Text).ToHaveAccessibleDescriptionAsync(new Regex("Enter to send"));
    }

    [ChromiumFact]
    public async Task Narrow_screen_has_no_overflow_and_a_way_back()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice, width: 360, height: 640);
        _ = await peers.Bob.Messages.SendAsync(
            peers.Alice.Status.Name,
            $"{new string('w', 400)} https://example.org/{new string('x', 400)}\n```\n{new string('y', 400)}\n```"
        );

        await alice.ShowsAsync("wwwww");

        foreach (
            var (path, sign) in ((string, string)[])
                [
                    ("/", ".preview"),
                    ("/people", ".people .avatar"),
                    ("/peer", ".page-head"),
                    ("/settings", ".settings"),
                    ("/search?words=www", ".results"),
                    ("/c/bob/about", ".digits"),
                    ("/c/bob", ".message"),
                ]
        )
        {
            await alice.GoAsync(path);
            await Expect(alice.Page.Locator(sign).First).ToBeVisibleAsync();
            var overflow = await alice.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth");
            Assert.True(overflow <= 0, $"{path} is {overflow} pixels too wide");
        }

        await alice.Link("Back to conversations").ClickAsync();
        await Expect(alice.Page.Locator(".person")).ToBeVisibleAsync();
    }

    private static ILocator Nobody(PeerPage page) =>
        page.Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "Nobody Everyone is rejected" });

    private static ILocator Switch(PeerPage page, string name) =>
        page.Page.GetByRole(AriaRole.Switch, new PageGetByRoleOptions { Name = name, Exact = true });

    private static async Task TabToAsync(PeerPage page, string name)
    {
        var target = page.Link(name).Or(page.Button(name)).First;
        await target.WaitForAsync();
        for (var i = 0; i < 40; i++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }

            await page.Page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"The Tab key does not reach '{name}'.");
    }
}
