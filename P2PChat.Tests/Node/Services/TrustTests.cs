using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Node.Sessions;

namespace P2PChat.Tests.Node.Services;

/// <summary>Accepting a contact's changed key.</summary>
public sealed class TrustTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task New_key_of_a_contact_is_accepted_only_by_trust()
    {
        using var data = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", options =>
            (options.Ephemeral, options.Data) = (false, data.Path)
        );
        using var before = new RawPeer("before");
        Assert.Equal(
            PeerError.NothingToTrust,
            Assert.Throws<PeerException>(() => alice.Contacts.Trust(bob.Name)).Error
        );
        alice.StoredContacts.Remember(bob.Name, before.Id);
        Assert.Equal(
            PeerError.NothingToTrust,
            Assert.Throws<PeerException>(() => alice.Contacts.Trust(bob.Name)).Error
        );

        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            alice.Connections.ConnectAsync(bob.Name, CancellationToken.None)
        );
        Assert.Contains($"the new one ({bob.Id.Short}) was refused", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bob.Id, alice.Contacts.Trust(bob.Name));
        await alice.ConnectAsync(bob);
        Assert.Equal(
            (PinCheck.Same, PinCheck.Changed),
            (alice.StoredContacts.Check(bob.Name, bob.Id), alice.StoredContacts.Check(bob.Name, before.Id))
        );
    }

    [Fact]
    public async Task Trust_pins_the_shown_key_and_a_later_key_warns_again()
    {
        await using var own = new RestartableDirectory();
        await own.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(own, "alice");
        using var before = new RawPeer("bob");
        using var shown = new RawPeer("bob");
        using var later = new RawPeer("bob");
        alice.StoredContacts.Remember(before.Name, before.Id);
        await shown.RegisterAsync(own);
        await Assert.ThrowsAsync<PeerException>(() =>
            alice.Connections.ConnectAsync(shown.Name, CancellationToken.None)
        );
        await TakeOverAsync(own, alice, later);

        Assert.Equal(shown.Id, alice.Contacts.Trust(shown.Name));
        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            alice.Connections.ConnectAsync(later.Name, CancellationToken.None)
        );
        Assert.Equal((PeerError.KeyChanged, later.Id), (refusal.Error, refusal.OtherKey));
        Assert.Equal([later.Id], alice.StoredContacts.Find(later.Name)!.OtherKeys);
    }

    [Fact]
    public async Task Trust_requires_a_choice_after_several_warnings()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var before = new RawPeer("bob");
        using var one = new RawPeer("bob");
        using var two = new RawPeer("bob");
        alice.StoredContacts.Remember(before.Name, before.Id);
        alice.StoredContacts.NoteOtherKey(before.Name, one.Id);
        alice.StoredContacts.NoteOtherKey(before.Name, two.Id);

        var refusal = Assert.Throws<PeerException>(() => alice.Contacts.Trust(before.Name));
        Assert.Equal(PeerError.WhichKey, refusal.Error);
        Assert.Contains($"{one.Id.Short}, {two.Id.Short}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(
            PeerError.WhichKey,
            Assert.Throws<PeerException>(() => alice.Contacts.Trust(before.Name, before.Id.Short)).Error
        );
        Assert.Equal(one.Id, alice.Contacts.Trust(before.Name, one.Id.Short.ToLowerInvariant()));
        Assert.Equal(PinCheck.Same, alice.StoredContacts.Check(before.Name, one.Id));
    }

    [Fact]
    public async Task Key_that_the_directory_denies_cannot_be_trusted()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bert");
        using var thief = new RawPeer("bert");
        alice.StoredContacts.Remember(bob.Name, bob.Id);

        using var link = await thief.AskAsync(alice);
        Assert.Equal(CloseReason.NameMismatch, await link.ExpectCloseAsync());
        Assert.Empty(alice.Rest().OfType<PeerEvent.KeyChanged>());
        Assert.Equal(
            PeerError.NothingToTrust,
            Assert.Throws<PeerException>(() => alice.Contacts.Trust(bob.Name)).Error
        );
    }

    [Fact]
    public async Task Trust_ends_links_and_mail_of_the_old_key()
    {
        await using var own = new RestartableDirectory();
        await own.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(own, "alice", options =>
            options.Accept = AcceptMode.All
        );
        using var old = new RawPeer("bob");
        using var now = new RawPeer("bob");
        await old.RegisterAsync(own);
        using var link = await old.AskAsync(alice);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Accept);
        alice.StoredContacts.Remember(old.Name, old.Id);
        await TakeOverAsync(own, alice, now);
        using var refused = await now.AskAsync(alice);
        Assert.Equal(CloseReason.KeyChanged, await refused.ExpectCloseAsync());

        Assert.Equal(now.Id, alice.Contacts.Trust(now.Name));
        Assert.Equal(CloseReason.Ended, await link.ExpectCloseAsync());
        using var accepted = await now.AskAsync(alice);
        await NameTests.ResumeAsync(accepted);
        _ = await alice.Messages.SendAsync(now.Name, "to the new key");
        Assert.Equal("to the new key", (await accepted.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
    }

    // Restarts the directory without its data, so that the name is free for another key.
    private static async Task TakeOverAsync(RestartableDirectory directory, PeerUnderTest watching, RawPeer other)
    {
        await directory.StopAsync();
        await directory.StartAsync();
        await other.RegisterAsync(directory);
        await NameTests.ReachesAsync(watching, other);
    }

    [Fact]
    public async Task Key_warning_survives_a_restart()
    {
        using var data = new TempDirectory();
        using var theirs = new TempDirectory();
        using var other = new RawPeer("bess");
        await using var bess = await StartAsync("bess", theirs.Path);
        await using (var anne = await StartAsync("anne", data.Path))
        {
            await anne.ConnectAsync(bess);
            anne.StoredContacts.NoteOtherKey(bess.Name, other.Id);
        }

        await using var again = await StartAsync("anne", data.Path);

        Assert.Equal(other.Id, again.Contacts.Trust(bess.Name));
    }

    private Task<PeerUnderTest> StartAsync(string name, string data) =>
        PeerUnderTest.StartAsync(directory, name, options => (options.Ephemeral, options.Data) = (false, data));
}
