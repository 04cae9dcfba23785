using Microsoft.Playwright;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Replies, reactions, edits and deletions on the page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class MessageChangePageTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Message_is_answered_and_the_answer_leads_to_it()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "is it **you** who brings the cake?");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("who brings the cake?");
        await alice.Text.FillAsync("begun");

        await ChooseAsync(alice, 0, "Reply");
        await Expect(alice.Page.Locator(".composer-subject")).ToContainTextAsync("Reply to bob");
        await Expect(alice.Text).ToHaveValueAsync("begun");
        await Expect(alice.Text).ToBeFocusedAsync();
        await _looks.CheckAsync(alice, "reply");
        await alice.Page.Keyboard.PressAsync("Escape");
        await Expect(alice.Page.Locator(".composer-subject")).ToHaveCountAsync(0);
        await ChooseAsync(alice, 0, "Reply");
        await alice.WriteAsync("yes, and the plates");

        var quote = alice.Messages.Nth(1).Locator(".quote");
        await Expect(quote).ToContainTextAsync("is it you who brings the cake?");
        await Expect(alice.Page.Locator(".composer-subject")).ToHaveCountAsync(0);
        await quote.ClickAsync();
        await Expect(alice.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/c/bob\\?at="));
        await Expect(alice.Messages.Nth(0)).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("target"));
        await Eventually.True(
            () =>
                peers.Bob.Messages.Page(peers.Alice.Status.Name, null, null, 10).Messages is [_, { ReplyTo: not null }],
            PeerUnderTest.Soon,
            "the answer has arrived"
        );
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Reactions_edits_and_deletions_show_on_both_pages()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "at eight?");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await Task.WhenAll(alice.GoAsync("/c/bob"), bob.GoAsync("/c/alice"));
        await alice.ShowsMessageAsync("at eight?");

        await ChooseAsync(alice, 0, "React with 👍");
        foreach (var page in new[] { alice, bob })
        {
            await Expect(page.Messages.Nth(0).Locator(".reactions li")).ToHaveTextAsync("👍 👍 by " + NameAt(page));
        }

        await ChooseAsync(alice, 0, "React with 👍");
        await Expect(bob.Messages.Nth(0).Locator(".reactions")).ToHaveCountAsync(0);

        await alice.WriteAsync("at nine");
        await bob.ShowsMessageAsync("at nine");
        await alice.Text.FillAsync("begun");
        await ChooseAsync(alice, 1, "Edit");
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

        await ChooseAsync(alice, 1, "Delete for everyone …");
        var question = alice.Page.GetByRole(AriaRole.Alertdialog);
        await Expect(question).ToContainTextAsync("may have read it");
        await _looks.CheckAsync(alice, "unsend");
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

    private static async Task ChooseAsync(PeerPage page, int message, string item)
    {
        await page.MenusAreAttachedAsync();
        await page.Messages.Nth(message).ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
        await page
            .Page.Locator("#message-menu")
            .GetByRole(AriaRole.Menuitem, new LocatorGetByRoleOptions { Name = item, Exact = true })
            .ClickAsync();
    }
}
