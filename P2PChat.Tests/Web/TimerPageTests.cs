using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
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
        await peers.Alice.Messages.SendAsync(peers.Bob.Status.Name, "and a reply");
        _ = await peers.Bob.Timers.SetAsync(peers.Alice.Status.Name, 0);
        await Expect(alice.Page.Locator(".timer-line")).ToHaveCountAsync(2);
        await Expect(alice.Page.Locator("a.timer")).ToHaveCountAsync(0);
        await _looks.CheckAsync(alice, "timer-lines");

        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
        Assert.Empty(bob.Errors);
    }

    [ChromiumFact]
    public async Task Message_that_disappears_leaves_an_open_page_and_its_quote()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (self, bob) = (peers.Alice, peers.Bob.Status.Name);
        _ = await self.Timers.SetAsync(bob, 3600);
        var passing = await self.Messages.SendAsync(bob, "passing words");
        _ = await self.Timers.SetAsync(bob, 0);
        _ = await self.Messages.ReplyAsync(bob, "a reply that stays", passing.Id);
        await using var alice = await browser.OpenAsync(self);
        await alice.GoAsync("/c/bob");
        await Expect(alice.Page.Locator(".quote")).ToContainTextAsync("passing words");

        await EndTimesAsync(self);

        await Expect(alice.Messages).ToHaveCountAsync(1);
        await Expect(alice.Page.Locator(".quote")).ToContainTextAsync("This message has disappeared.");
        await _looks.CheckAsync(alice, "timer-quote");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Message_that_was_not_delivered_leaves_its_failure_on_the_page()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (self, bob) = (peers.Alice, peers.Bob.Status.Name);
        _ = await self.Timers.SetAsync(bob, 3600);
        await using var alice = await browser.OpenAsync(self);
        await alice.GoAsync("/c/bob");
        await peers.Bob.StopAsync();
        await Eventually.True(
            () => self.Connections.RelationTo(bob) != Relation.Connected,
            PeerUnderTest.Soon,
            "the link has ended"
        );
        await self.Messages.SendAsync(bob, "passing words");
        await alice.ShowsMessageAsync("passing words");
        await self.Contacts.BlockAsync(bob, CancellationToken.None);

        await EndTimesAsync(self);

        await Expect(alice.Messages).ToHaveCountAsync(1);
        await Expect(alice.Messages.First).ToContainTextAsync("This message has disappeared.");
        await Expect(alice.Messages.First.Locator(".state")).ToHaveCountAsync(1);
        Assert.Empty(alice.Errors);
    }

    // Erases what is read, delivered or given up, as if its time had passed while the peer ran.
    private static async Task EndTimesAsync(HostedPeer peer)
    {
        var (store, disappearance) = (
            peer.Services.GetRequiredService<PeerStore>(),
            peer.Services.GetRequiredService<Disappearance>()
        );
        await Eventually.True(
            async () =>
            {
                await disappearance.SweepAsync();
                var begun = 0;
                await store.Writer.CallAsync(connection =>
                    begun = connection.Run(
                        "UPDATE disappearing SET began_ran = began_ran - 1000 * seconds WHERE began_ran IS NOT NULL"
                    )
                );
                return begun > 0;
            },
            PeerUnderTest.Soon,
            "the time runs"
        );
        await disappearance.SweepAsync();
    }
}
