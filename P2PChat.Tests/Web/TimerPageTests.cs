using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Disappearing messages on the page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class TimerPageTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Timer_is_set_on_the_page_and_shows_on_both()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await Task.WhenAll(alice.GoAsync("/c/bob/about"), bob.GoAsync("/c/alice"));

        await alice.Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "1 day" }).CheckAsync();
        await Expect(bob.Page.Locator(".timer-line"))
            .ToContainTextAsync("set messages to disappear 1 day after reading");
        await Expect(bob.Page.Locator("a.timer")).ToContainTextAsync("1 day");
        await _looks.CheckAsync(alice, "timer-form");

        await bob.WriteAsync("passing words");
        await Expect(bob.Page.Locator(".message .disappears")).ToHaveCountAsync(1);
        await _looks.CheckAsync(bob, "timer-head");
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("passing words");
        await Expect(alice.Page.Locator(".timer-line")).ToContainTextAsync("You set messages to disappear 1 day");
        await Expect(alice.Page.Locator(".message .disappears")).ToHaveCountAsync(1);
        await peers.Alice.Messages.SendAsync(peers.Bob.Status.Name, "and an answer");
        _ = await peers.Bob.Timers.SetAsync(peers.Alice.Status.Name, 0);
        await Expect(alice.Page.Locator(".timer-line")).ToHaveCountAsync(2);
        await Expect(alice.Page.Locator("a.timer")).ToHaveCountAsync(0);
        await _looks.CheckAsync(alice, "timer-lines");

        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
        Assert.Empty(bob.Errors);
    }

    [ChromiumFact]
    public async Task Message_that_disappears_leaves_an_open_page()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        _ = await peers.Alice.Timers.SetAsync(peers.Bob.Status.Name, 3600);
        var sent = await peers.Alice.Messages.SendAsync(peers.Bob.Status.Name, "passing words");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsMessageAsync("passing words");

        peers.Alice.LocalChanges.PublishDeleted(peers.Bob.Status.Name, sent.Id);

        await Expect(alice.Messages).ToHaveCountAsync(0);
        Assert.Empty(alice.Errors);
    }
}
