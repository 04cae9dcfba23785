using System.Text.RegularExpressions;
using Microsoft.Playwright;
using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Replies, reactions, edits and deletes on the page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class MessageChangePageTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Reply_links_to_the_quoted_message()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "is it **you** who brings the cake?");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("who brings the cake?");
        await alice.Text.FillAsync("begun");

        await MessageMenu.ChooseAsync(alice, 0, "Reply");
        await Expect(alice.Page.Locator(".composer-subject")).ToContainTextAsync("Replying to bob");
        await Expect(alice.Text).ToHaveValueAsync("begun");
        await Expect(alice.Text).ToBeFocusedAsync();
        await _looks.CheckAsync(alice, "reply");
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(alice.Page.Locator(".composer-subject")).ToHaveCountAsync(0);
        await MessageMenu.ChooseAsync(alice, 0, "Reply");
        await Expect(alice.Page.Locator(".composer-subject")).ToHaveCountAsync(1);
        await alice.WriteAsync("yes, and the plates");

        var quote = alice.Messages.Nth(1).Locator(".quote");
        await Expect(quote).ToContainTextAsync("is it you who brings the cake?");
        await Expect(alice.Page.Locator(".composer-subject")).ToHaveCountAsync(0);
        await quote.ClickAsync();
        await Expect(alice.Page).ToHaveURLAsync(new Regex("/c/bob\\?at="));
        await Expect(alice.Messages.Nth(0)).ToHaveClassAsync(new Regex("target"));
        await Eventually.True(
            () =>
                peers.Bob.Messages.Page(peers.Alice.Status.Name, null, null, 10).Messages is [_, { ReplyTo: not null }],
            PeerUnderTest.Soon,
            "the reply has arrived"
        );
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Reactions_edits_and_deletes_show_on_both_pages()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "at eight?");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await Task.WhenAll(alice.GoAsync("/c/bob"), bob.GoAsync("/c/alice"));
        await alice.ShowsMessageAsync("at eight?");

        await MessageMenu.ChooseAsync(alice, 0, "React with 👍");
        foreach (var page in new[] { alice, bob })
        {
            await Expect(page.Messages.Nth(0).Locator(".reactions li")).ToHaveTextAsync("👍 👍 by " + NameAt(page));
        }

        await MessageMenu.ChooseAsync(alice, 0, "React with 👍");
        await Expect(bob.Messages.Nth(0).Locator(".reactions")).ToHaveCountAsync(0);

        await alice.WriteAsync("at nine");
        await bob.ShowsMessageAsync("at nine");
        await alice.Text.FillAsync("begun");
        await MessageMenu.ChooseAsync(alice, 1, "Edit");
        await Expect(alice.Text).ToHaveValueAsync("at nine");
        await _looks.CheckAsync(alice, "edit");
        await alice.WriteAsync("at ten");
        await Expect(alice.Text).ToHaveValueAsync("begun");
        foreach (var page in new[] { alice, bob })
        {
            await Expect(page.Messages.Nth(1).Locator(".text")).ToHaveTextAsync("at ten");
            await Expect(page.Messages.Nth(1).Locator(".edited")).ToBeVisibleAsync();
        }

        _ = await peers.Bob.Messages.ReactAsync(
            peers.Alice.Status.Name,
            peers.Bob.Messages.Page(peers.Alice.Status.Name, null, null, 10).Messages[1].Id,
            "🎉"
        );
        await Expect(alice.Messages.Nth(1).Locator(".reactions li")).ToHaveCountAsync(1);
        await _looks.CheckAsync(alice, "changes");

        await MessageMenu.ChooseAsync(alice, 1, "Delete for everyone …");
        var question = alice.Page.GetByRole(AriaRole.Alertdialog);
        await Expect(question).ToContainTextAsync("may already have read it");
        await _looks.CheckAsync(alice, "delete-for-everyone");
        await question.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" }).ClickAsync();
        foreach (var page in new[] { alice, bob })
        {
            await Expect(page.Messages.Nth(1).Locator(".text")).ToHaveTextAsync("This message was deleted.");
        }

        await _looks.CheckAsync(alice, "deleted");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
        Assert.Empty(bob.Errors);

        string NameAt(PeerPage page) => page == alice ? "you" : "alice";
    }

    [ChromiumFact]
    public async Task Info_shows_the_times_and_the_earlier_versions()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.WriteAsync("at **nine**");
        await alice.ShowsMessageAsync("at nine");
        var (with, id) = (peers.Bob.Status.Name, OnlyMessage(peers.Alice, peers.Bob).Id);
        await Eventually.True(
            () => peers.Bob.Messages.Page(peers.Alice.Status.Name, null, null, 10).Messages.Count == 1,
            PeerUnderTest.Soon,
            "bob has the message"
        );
        _ = await peers.Alice.Messages.EditAsync(with, id, "at ten");
        _ = await peers.Bob.Messages.ReactAsync(peers.Alice.Status.Name, id, "👍");
        await Expect(alice.Messages.Nth(0).Locator(".reactions li")).ToHaveCountAsync(1);

        await MessageMenu.ChooseAsync(alice, 0, "Info");
        var dialog = alice.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Message info" });
        await Expect(dialog.Locator("dt")).ToHaveTextAsync(["Sent", "Delivered", "Edited", "bob reacted 👍"]);
        await Expect(dialog.Locator(".versions li .text")).ToHaveTextAsync("at nine");
        await Expect(dialog.Locator(".versions strong")).ToHaveTextAsync("nine");
        await _looks.CheckAsync(alice, "message-info");
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToBeHiddenAsync();

        // A deleted message has no reactions, which nobody has removed.
        _ = await peers.Alice.Messages.RemoveForAllAsync(with, id);
        await Expect(alice.Messages.Nth(0)).ToContainTextAsync("This message was deleted.");
        await MessageMenu.ChooseAsync(alice, 0, "Info");
        await Expect(dialog).ToContainTextAsync("bob reacted");
        await Expect(dialog).Not.ToContainTextAsync("removed");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Forwarded_text_becomes_a_draft_in_the_chosen_conversation()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Address);
        await carol.RegisteredAsync();
        await ApiCalls.ConnectAsync(peers.Alice, "alice", carol, "carol");
        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "the **cake** is ready");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/carol");
        await alice.Text.FillAsync("begun");
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("the cake is ready");

        await MessageMenu.ChooseAsync(alice, 0, "Forward …");
        var dialog = alice.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Forward to" });
        await Expect(dialog.GetByRole(AriaRole.Link)).ToHaveTextAsync([new Regex("bob"), new Regex("carol")]);
        await _looks.CheckAsync(alice, "forward");
        await dialog.GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = "carol" }).ClickAsync();

        await Expect(alice.Page).ToHaveURLAsync(new Regex("/c/carol$"));
        await Expect(alice.Text).ToHaveValueAsync("begun\nthe **cake** is ready");
        await Expect(dialog).ToBeHiddenAsync();
        await alice.Page.Keyboard.PressAsync("Enter");
        await alice.ShowsMessageAsync("the cake is ready");
        // Carol gets one message, once it is sent: choosing her has sent nothing.
        var from = peers.Alice.Status.Name;
        await Eventually.True(
            () => carol.Messages.Page(from, null, null, 10).Messages.Count > 0,
            PeerUnderTest.Soon,
            "carol has a message"
        );
        Assert.Equal(
            ["begun\nthe **cake** is ready"],
            carol.Messages.Page(from, null, null, 10).Messages.Select(message => message.Text)
        );
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Info_of_a_deleted_message_shows_its_changes_and_their_states()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var sent = await peers.Alice.Messages.SendAsync(peers.Bob.Status.Name, "at nine");
        _ = await peers.Alice.Messages.EditAsync(peers.Bob.Status.Name, sent.Id, "at ten");
        _ = await peers.Alice.Messages.EditAsync(peers.Bob.Status.Name, sent.Id, "at eleven");
        await Eventually.True(
            () =>
                OnlyMessage(peers.Alice, peers.Bob)
                    is { State: MessageState.Delivered, ChangeState: MessageState.Delivered },
            PeerUnderTest.Soon,
            "bob has all versions, so that no receipt comes later"
        );
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("at eleven");
        // A hostile peer can make equal versions.
        await StoredMessages.ChangeAsync(
            peers.Alice,
            "UPDATE versions SET text = 'same', sent_at = 1000; UPDATE messages SET state = 4 WHERE kind = 2;"
        );

        await alice.GoAsync("/c/bob");
        await Expect(alice.Messages.Nth(0).Locator(".meta .failed"))
            .ToHaveTextAsync("Your last change was not delivered");

        await MessageMenu.ChooseAsync(alice, 0, "Info");
        var dialog = alice.Page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Message info" });
        await Expect(dialog.Locator(".versions .text")).ToHaveTextAsync(["same", "same"]);
        await Expect(dialog.Locator("dt")).ToHaveTextAsync(["Sent", "Delivered", "Edited", "Edited"]);
        await Expect(dialog.Locator(".state.failed"))
            .ToHaveTextAsync(["Not delivered within 14 days", "Not delivered within 14 days"]);
        await _looks.CheckAsync(alice, "changes-info");
        _ = await peers.Alice.Messages.RemoveForAllAsync(peers.Bob.Status.Name, sent.Id);
        await Expect(dialog.Locator(".versions")).ToHaveCountAsync(0);
        await Expect(dialog.Locator("dt").Last).ToHaveTextAsync("You deleted it");
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(alice.Messages.Nth(0).Locator(".text")).ToHaveTextAsync("This message was deleted.");
        await MessageMenu.ChooseAsync(alice, 0, "Info");
        await Expect(dialog.Locator("dt").Last).ToHaveTextAsync("You deleted it");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Messages_of_both_sides_with_one_id_are_two_messages()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await StoredMessages.ShareIdAsync(peers);
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await Expect(alice.Messages.Locator(".text")).ToHaveTextAsync(["mine", "theirs"]);

        await MessageMenu.ChooseAsync(alice, 1, "Reply");
        await Expect(alice.Page.Locator(".composer-subject")).ToContainTextAsync("theirs");
        await alice.Page.Keyboard.PressAsync("Escape");
        await MessageMenu.ChooseAsync(alice, 0, "Edit");
        await Expect(alice.Text).ToHaveValueAsync("mine");
        await alice.WriteAsync("changed");
        await Expect(alice.Messages.Locator(".text")).ToHaveTextAsync(["changed", "theirs"]);
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Reaction_is_set_and_removed_by_its_chip_and_picked_from_all()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var sent = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "🍰");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("🍰");
        _ = await peers.Bob.Messages.ReactAsync(peers.Alice.Status.Name, sent.Id, "🎉");
        var chips = alice.Messages.Nth(0).Locator(".reaction");
        await Expect(chips).ToHaveAttributeAsync("aria-pressed", "false");

        await chips.ClickAsync();
        await Expect(chips).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(chips).ToHaveTextAsync(new Regex("^🎉 2"));
        await chips.FocusAsync();
        await alice.Page.Keyboard.PressAsync("Space");
        await Expect(chips).ToHaveAttributeAsync("aria-pressed", "false");

        await MessageMenu.ChooseAsync(alice, 0, "More …");
        var search = alice.Page.GetByPlaceholder("Search emoji");
        await Expect(search).ToBeFocusedAsync();
        await _looks.CheckAsync(alice, "react");
        await alice.Page.Keyboard.TypeAsync("taco");
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(chips).ToHaveTextAsync([new Regex("^🎉"), new Regex("^🌮")]);
        await Expect(alice.Page.Locator(".emoji-picker")).ToBeHiddenAsync();
        await Expect(alice.Text).ToHaveValueAsync("");
        // Closed without a choice, the picker changes nothing, neither now nor at its next use.
        await MessageMenu.ChooseAsync(alice, 0, "More …");
        await Expect(search).ToBeFocusedAsync();
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(search).ToBeHiddenAsync();
        await alice.Button("Emoji").ClickAsync();
        await Expect(search).ToBeFocusedAsync();
        await alice.Page.Keyboard.TypeAsync("taco");
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(alice.Text).ToHaveValueAsync("🌮");
        await alice.WriteAsync("");
        await MessageMenu.ChooseAsync(alice, 0, "Reply");
        await Expect(alice.Page.Locator(".composer-subject")).ToHaveCountAsync(1);
        await alice.WriteAsync("😋");
        await Expect(alice.Messages.Nth(1).Locator(".quote")).ToBeVisibleAsync();
        await MessageMenu.ChooseAsync(alice, 1, "React with 👍");
        await Expect(alice.Messages.Nth(1).Locator(".reaction")).ToHaveCountAsync(1);
        await _looks.CheckAsync(alice, "chips");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    private static Message OnlyMessage(TestPeer peer, TestPeer with) =>
        peer.Messages.Page(with.Status.Name, null, null, 10).Messages.Single();
}
