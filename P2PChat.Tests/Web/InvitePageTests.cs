using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using P2PChat.Node.Services;
using P2PChat.Protocol.Invites;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Invites a friend on the page, and joins by a link on the page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class InvitePageTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Friend_connects_by_the_link_and_both_are_verified()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);

        await alice.Button("Create an invite link").ClickAsync();
        await alice.Button("Copy").ClickAsync();
        await Expect(alice.Page.Locator(".copy-state")).ToHaveTextAsync("Copied.");
        await alice.ShowsAsync("This link works on this computer only.");
        await _looks.CheckAsync(alice, "welcome-invite");
        var link = await LinkField(alice).InputValueAsync();
        Assert.Equal(InviteLinkError.None, InviteLink.TryParse(link, out var parsed));
        Assert.Equal(parsed!.QrText, await DecodeQrAsync(alice));

        await bob.Link("use it here").ClickAsync();
        await JoinField(bob).FillAsync(link);
        await bob.Button("Continue").ClickAsync();
        await bob.ShowsAsync("Connect to alice?");
        await bob.ShowsAsync(peers.Alice.Status.PeerId.Short);
        await _looks.CheckAsync(bob, "join");
        Assert.Empty(peers.Bob.Contacts.All);
        await bob.Button("Connect").ClickAsync();
        await bob.WriteAsync("hello, this was easy");

        await alice.Page.Locator(".person").ClickAsync();
        await alice.ShowsMessageAsync("hello, this was easy");
        await Expect(Heading(alice)).ToContainTextAsync("verified by invite");
        await Expect(Heading(bob)).ToContainTextAsync("verified by invite");
        await bob.GoAsync("/c/alice/about");
        await bob.ShowsAsync("The invite link that you used contained alice's key.");
        await alice.GoAsync("/c/bob/about");
        await alice.ShowsAsync("bob joined by your invite, which was for one person.");
        await _looks.CheckAsync(alice, "about-by-invite");
        await alice.GoAsync("/invite");
        await alice.Page.GetByText("Earlier invites (1)").ClickAsync();
        await Expect(alice.Page.Locator(".invites li")).ToContainTextAsync("Joined: bob");
        await _looks.CheckAsync(alice, "invite-earlier");
        Assert.Empty(alice.Errors);
        Assert.Empty(bob.Errors);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Open_invite_is_shown_until_it_is_revoked()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/invite");
        await _looks.CheckAsync(alice, "invite-none");

        await alice.Page.GetByText("More people, or more time").ClickAsync();
        await alice.Page.GetByLabel("People who can join").FillAsync("3");
        await alice.Page.GetByLabel("Valid for this many days").FillAsync("400");
        await alice.Page.GetByLabel("Valid for this many days").PressAsync("Tab");
        await alice.ShowsAsync("For 3 people, valid for 90 days.");
        await _looks.CheckAsync(alice, "invite-options");
        await alice.Button("Create an invite link").ClickAsync();
        var first = await LinkField(alice).InputValueAsync();
        await alice.GoAsync("/");
        await Expect(LinkField(alice)).ToHaveValueAsync(first);

        await alice.GoAsync("/invite");
        var invite = await peers.Alice.Services.GetRequiredService<InviteService>().CreateAsync(1, 7);
        await Expect(LinkField(alice)).Not.ToHaveValueAsync(first);
        await _looks.CheckAsync(alice, "invite-open");
        await alice.Button($"Revoke invite {invite.Invite.ShortId}").ClickAsync();
        await Expect(LinkField(alice)).ToHaveValueAsync(first);
        await alice.Button("Revoke").ClickAsync();

        await Expect(LinkField(alice)).ToBeHiddenAsync();
        await Expect(alice.Page.GetByText("Earlier invites (2)")).ToBeVisibleAsync();
        Assert.Empty(alice.Errors);
        _looks.AssertNothingFound();
    }

    [ChromiumFact]
    public async Task Link_that_cannot_be_used_is_refused_before_anything_is_dialled()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        var invites = peers.Alice.Services.GetRequiredService<InviteService>();
        var own = (await invites.CreateAsync(1, 7)).Link!.ToString();
        await alice.GoAsync("/invite");

        foreach (
            var (text, expected) in ((string, string)[])[("hello", "link"), (own[..^1], "link"), (own, "your own")]
        )
        {
            await JoinField(alice).FillAsync(text);
            await alice.Button("Continue").ClickAsync();
            await Expect(alice.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(expected);
            await alice.Button("Close").ClickAsync();
            await Expect(alice.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        }

        Assert.Empty(peers.Alice.Contacts.All);
        Assert.Empty(alice.Errors);
    }

    private static ILocator LinkField(PeerPage page) =>
        page.Page.GetByLabel("Invite link", new PageGetByLabelOptions { Exact = true }).And(page.Page.Locator("input"));

    private static ILocator JoinField(PeerPage page) => page.Page.GetByLabel("Invite link that you were sent");

    private static ILocator Heading(PeerPage page) =>
        page.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 });

    private static Task<string> DecodeQrAsync(PeerPage page) =>
        page.Page.EvaluateAsync<string>(
            """
            async () => {
              await import('/jsqr/jsQR.js');
              const code = document.querySelector('.invite-card .qr');
              const scale = 6;
              const canvas = document.createElement('canvas');
              canvas.width = canvas.height = code.viewBox.baseVal.width * scale;
              const context = canvas.getContext('2d');
              context.fillStyle = 'white';
              context.fillRect(0, 0, canvas.width, canvas.height);
              context.scale(scale, scale);
              context.fillStyle = 'black';
              context.fill(new Path2D(code.querySelector('path').getAttribute('d')));
              const picture = context.getImageData(0, 0, canvas.width, canvas.height);
              return jsQR(picture.data, picture.width, picture.height)?.data;
            }
            """
        );
}
