using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Keys on an open page, drafts, and changes made elsewhere.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class OpenPageTests(Browser browser)
{
    [ChromiumFact]
    public async Task Page_shows_the_requesting_key_and_marks_unverified_contacts()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        var (peer, bob) = (peers.Alice, peers.Bob.Status);

        await peers.Bob.Connections.ConnectAsync(peer.Status.Name, CancellationToken.None);
        await Expect(alice.Page.Locator(".request")).ToContainTextAsync($"key {bob.PeerId.Short}");
        await alice.Button("Accept bob").ClickAsync();
        await Expect(alice.Link("not verified")).ToBeVisibleAsync();
        Assert.True(peer.Contacts.Verify(bob.Name, peer.Contacts.Safety(bob.Name).Digits));
        await Expect(alice.Link("not verified")).ToBeHiddenAsync();

        var other = PeerId.FromPublicKey("another"u8);
        peers.Alice.StoredContacts.NoteOtherKey(bob.Name, other);
        await alice.GoAsync("/c/bob");
        await alice.ShowsAsync("bob's key has changed");
        await Expect(alice.Page.Locator(".other-key code")).ToHaveTextAsync(other.Short);
        await alice.Button("Accept this key …").ClickAsync();
        await alice.ShowsAsync(peer.Contacts.SafetyDigits(other));
        await alice.Button("I have asked them: accept this key").ClickAsync();
        await Expect(alice.Page.Locator(".other-key")).ToBeHiddenAsync();
        Assert.Equal(other, peers.Alice.StoredContacts.Find(bob.Name)!.PeerId);
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Messages_deleted_or_read_elsewhere_update_an_open_page()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        var (peer, bob) = (peers.Alice, peers.Bob.Status.Name);
        foreach (var text in (string[])["one", "two", "three"])
        {
            _ = await peers.Bob.Messages.SendAsync(peer.Status.Name, text);
        }

        await Expect(alice.Page).ToHaveTitleAsync("(3) alice – P2PChat");

        peer.Messages.MarkRead(bob, null);
        await Expect(alice.Page).ToHaveTitleAsync("alice – P2PChat");

        await alice.GoAsync("/c/bob");
        await Expect(alice.Messages).ToHaveCountAsync(3);
        _ = await peer.Messages.DeleteAsync(bob, peer.Messages.Page(bob, null, null, 10).Messages[1].Id);
        await Expect(alice.Messages).ToHaveCountAsync(2);
        _ = await peer.Messages.DeleteAsync(bob, null);
        await Expect(alice.Messages).ToHaveCountAsync(0);
        peer.Connections.Disconnect(bob);
        await alice.ShowsAsync("Your copy of this conversation is deleted.");
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Draft_survives_a_reload_and_an_input_methods_Enter()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ComposerIsAttachedAsync();
        await alice.Text.FillAsync("半分");

        // This is how Safari reports the Enter that ends a composition.
        await alice.Text.EvaluateAsync(
            """
            text => text.dispatchEvent(
              new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }))
            """
        );
        await Expect(alice.Text).ToHaveValueAsync("半分");
        await alice.Page.ReloadAsync();
        await alice.IsLiveAsync();
        await Expect(alice.Text).ToHaveValueAsync("半分");

        await alice.Text.PressAsync("Enter");
        await alice.ShowsMessageAsync("半分");
        await Expect(alice.Text).ToHaveValueAsync("");
        // Until the peer has answered, the text remains as a draft.
        await alice.Page.WaitForFunctionAsync("() => localStorage.getItem('draft:/c/bob') === null");
        await alice.Page.ReloadAsync();
        await alice.IsLiveAsync();
        await alice.ShowsMessageAsync("半分");
        await alice.ComposerIsAttachedAsync();
        await Expect(alice.Text).ToHaveValueAsync("");
    }

    [ChromiumFact]
    public async Task Text_typed_while_the_page_starts_is_kept()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/settings");

        // Simulates Blazor replacing the server-rendered form in the middle of a word.
        var draft = await alice.Page.EvaluateAsync<string>(
            """
            () => {
              const type = (...texts) => {
                const form = document.createElement('form');
                form.className = 'composer';
                const text = form.appendChild(document.createElement('textarea'));
                document.body.append(form);
                for (const written of texts) {
                  text.value = written;
                  text.dispatchEvent(new Event('input', { bubbles: true }));
                }
                form.remove();
              };
              type('Are', 'Are you the');
              type('r', 're?');
              return localStorage.getItem('draft:/settings');
            }
            """
        );

        Assert.Equal("Are you there?", draft);
    }

    [ChromiumFact]
    public async Task Composer_says_where_messages_wait()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await Infrastructure.Eventually.True(
            () => peers.Alice.Messages.CanLeaveMail(Username.Parse("bob")),
            PeerUnderTest.Soon,
            "alice has a capability for bob's mailbox"
        );
        await peers.Bob.StopAsync();
        await alice.GoAsync("/c/bob");
        await alice.ShowsAsync("wait in their mailbox, encrypted, for up to 14 days");

        await peers.Alice.Contacts.BlockAsync(Username.Parse("bob"), CancellationToken.None);
        await alice.ShowsAsync("You have blocked bob");
    }
}
