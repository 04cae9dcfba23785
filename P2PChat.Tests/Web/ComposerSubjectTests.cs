using System.Text.RegularExpressions;
using Microsoft.Playwright;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>The message field while a message is replied to or edited.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class ComposerSubjectTests(Browser browser)
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    // Presses Enter and types on, faster than the peer can answer.
    private const string SendAndType = """
        (field, next) => {
          const enter = () =>
            field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
          const type = text => {
            field.value += text;
            field.dispatchEvent(new Event('input', { bubbles: true }));
          };
          enter();
          type(next.text);
          if (next.isSent) enter();
        }
        """;

    [ChromiumFact]
    public async Task Text_typed_right_after_an_edit_stays_in_the_field()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.WriteAsync("at nine");
        await alice.ShowsMessageAsync("at nine");
        await alice.Text.FillAsync("begun");
        await MessageMenu.ChooseAsync(alice, 0, "Edit");
        await Expect(alice.Text).ToHaveValueAsync("at nine");
        await Expect(alice.Text).ToHaveAccessibleDescriptionAsync(new Regex("^Editing your message at nine"));
        await alice.Text.FillAsync("at ten");

        await alice.Text.EvaluateAsync(SendAndType, new { text = " and typed", isSent = false });

        await Expect(alice.Text).ToHaveValueAsync("begun and typed");
        await Expect(alice.Messages.Nth(0).Locator(".text")).ToHaveTextAsync("at ten");
        await Expect(Subject(alice)).ToHaveCountAsync(0);
        await Expect(alice.Text).ToHaveValueAsync("begun and typed");
        await Expect(alice.Text).ToBeFocusedAsync();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Second_message_right_after_a_reply_answers_nothing()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Bob.Messages.SendAsync(Alice, "at eight?");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("at eight?");
        await MessageMenu.ChooseAsync(alice, 0, "Reply");
        await Expect(Subject(alice)).ToHaveCountAsync(1);
        await alice.Text.FillAsync("yes");

        await alice.Text.EvaluateAsync(SendAndType, new { text = "see you", isSent = true });

        await Expect(alice.Messages).ToHaveCountAsync(3);
        await Expect(Subject(alice)).ToHaveCountAsync(0);
        await Eventually.True(
            () =>
                peers.Bob.Messages.Page(Alice, null, null, 10).Messages
                    is [_, { Text: "yes", ReplyTo: not null }, { Text: "see you", ReplyTo: null }],
            PeerUnderTest.Soon,
            "bob has an answer and a message"
        );
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Refused_edit_stays_in_the_field_and_the_draft_waits()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.WriteAsync("at nine");
        await alice.ShowsMessageAsync("at nine");
        await alice.Text.FillAsync("begun");
        await StoredMessages.ChangeAsync(peers.Alice, "UPDATE messages SET sent_at = 1000 WHERE text = 'at nine'");
        await MessageMenu.ChooseAsync(alice, 0, "Edit");
        await Expect(alice.Text).ToHaveValueAsync("at nine");

        foreach (var _ in (int[])[1, 2])
        {
            await alice.Text.FillAsync("at ten");
            await alice.Text.EvaluateAsync(SendAndType, new { text = "!", isSent = false });
            await Expect(alice.Page.Locator(".notice")).ToBeVisibleAsync();
            await Expect(alice.Text).ToHaveValueAsync("at ten");
            await Expect(Subject(alice)).ToContainTextAsync("Editing your message");
        }

        await alice.Text.PressAsync("Escape");
        await Expect(Subject(alice)).ToHaveCountAsync(0);
        await Expect(alice.Text).ToHaveValueAsync("begun!!");
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Deleted_text_leaves_the_page_and_the_focus_stays()
    {
        const string Secret = "xyzzy";
        await using var peers = await WebPeers.StartConnectedAsync();
        var sent = await peers.Bob.Messages.SendAsync(Alice, $"{Secret} one");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync($"{Secret} one");
        _ = await peers.Bob.Messages.EditAsync(Alice, sent.Id, $"{Secret} two");
        await alice.ShowsMessageAsync($"{Secret} two");
        await alice.Text.FillAsync("begun");
        await MessageMenu.ChooseAsync(alice, 0, "Reply");
        await Expect(Subject(alice)).ToContainTextAsync($"{Secret} two");
        // The message that is being replied to follows an edit.
        _ = await peers.Bob.Messages.EditAsync(Alice, sent.Id, $"{Secret} three");
        await Expect(Subject(alice)).ToContainTextAsync($"{Secret} three");
        await MessageMenu.ChooseAsync(alice, 0, "Forward …");
        var forward = alice.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Forward to" });
        await Expect(forward).ToBeVisibleAsync();
        await alice.Page.Keyboard.PressAsync("Escape");
        await MessageMenu.ChooseAsync(alice, 0, "Info");
        var info = alice.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Message info" });
        await Expect(info).ToContainTextAsync($"{Secret} one");
        var close = info.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" });
        await Expect(close).ToBeFocusedAsync();

        _ = await peers.Bob.Messages.RemoveForAllAsync(Alice, sent.Id);

        await Expect(info.Locator("dt").Last).ToHaveTextAsync("bob deleted it");
        await Expect(Subject(alice)).ToHaveCountAsync(0);
        await Expect(alice.Page.Locator(".notice")).ToContainTextAsync("was deleted");
        await Expect(alice.Page.Locator(".person .preview")).ToHaveTextAsync("This message was deleted.");
        await Expect(alice.Page.Locator("[aria-live=polite]")).ToContainTextAsync("bob deleted a message");
        await alice.ForgetsAsync(Secret);
        await Expect(close).ToBeFocusedAsync();
        await alice.Page.Keyboard.PressAsync("Escape");
        await alice.WriteAsync("never mind");
        await alice.ShowsMessageAsync("never mind");
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Text_deleted_while_it_is_forwarded_is_not_forwarded()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var sent = await peers.Bob.Messages.SendAsync(Alice, "the cake is ready");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("the cake is ready");
        await MessageMenu.ChooseAsync(alice, 0, "Forward …");
        var forward = alice.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Forward to" });
        await Expect(forward.GetByRole(AriaRole.Link)).ToHaveCountAsync(1);

        _ = await peers.Bob.Messages.RemoveForAllAsync(Alice, sent.Id);

        await Expect(forward).ToContainTextAsync("This message was deleted.");
        await Expect(forward.GetByRole(AriaRole.Link)).ToHaveCountAsync(0);
        await forward.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).ClickAsync();
        await Expect(forward).ToBeHiddenAsync();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Conversation_without_a_field_offers_no_replies_or_changes()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var sent = await peers.Alice.Messages.SendAsync(Bob, "at nine");
        await Eventually.True(
            () => peers.Bob.Messages.Page(Alice, null, null, 10).Messages.Count == 1,
            PeerUnderTest.Soon,
            "bob has the message"
        );
        _ = await peers.Bob.Messages.ReactAsync(Alice, sent.Id, "🎉");
        await Eventually.True(
            () => peers.Alice.Messages.Page(Bob, null, null, 10).Messages is [{ Reactions.Count: 1 }],
            PeerUnderTest.Soon,
            "alice has the reaction"
        );
        await peers.Alice.Contacts.BlockAsync(Bob, CancellationToken.None);
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("at nine");

        await MessageMenu.OpenAsync(alice, 0);

        await Expect(MessageMenu.Items(alice)).ToHaveTextAsync(["Copy", "Forward …", "Info", "Delete for me …"]);
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(alice.Messages.Nth(0).Locator(".reaction")).ToBeDisabledAsync();
        // A page that still has the items from before must not end.
        await alice.Page.EvaluateAsync(
            "document.querySelectorAll('#message-menu [data-for]').forEach(item => { item.dataset.for = 'li'; })"
        );
        await MessageMenu.ChooseAsync(alice, 0, "Reply");
        await alice.ShowsAsync("You can no longer reply to this message or edit it.");
        Assert.Empty(alice.Errors);
    }

    private static ILocator Subject(PeerPage page) => page.Page.Locator(".composer-subject");
}
