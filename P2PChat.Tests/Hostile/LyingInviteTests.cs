using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Hostile;

/// <summary>A directory that gives an attacker's key for the name in an invite.</summary>
public sealed class LyingInviteTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Lying_directory_is_refused_by_an_invited_peer_and_reported()
    {
        using var honest = PeerIdentity.Create();
        using var attacker = new RawPeer("alice");
        await attacker.RegisterAsync(directory);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        var link = new InviteLink(new Uri(directory.Address), attacker.Name, honest.PeerId, InviteSecret.New());

        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            bob.Invites.JoinAsync(link.ToString(), CancellationToken.None)
        );
        Assert.Equal(
            (PeerError.InviterKeyChanged, InviterKeyWarning.For(attacker.Name)),
            (refusal.Error, refusal.Message)
        );
        Assert.Equal(
            new PeerEvent.InviterKeyChanged(attacker.Name, attacker.Id),
            await bob.Expect<PeerEvent.InviterKeyChanged>()
        );
        Assert.Equal(InviterKeyWarning.For(attacker.Name), bob.Status.DirectoryDetail);

        // The pin stays, and there is no way to trust the attacker's key by mistake.
        Assert.Equal(honest.PeerId, bob.StoredContacts.Find(attacker.Name)!.PeerId);
        Assert.Empty(bob.StoredContacts.Find(attacker.Name)!.OtherKeys);
        Assert.Equal(
            PeerError.NothingToTrust,
            Assert.Throws<PeerException>(() => bob.Contacts.Trust(attacker.Name)).Error
        );
    }

    [Fact]
    public async Task Attacker_with_the_inviters_name_is_refused_by_an_invited_peer()
    {
        using var honest = PeerIdentity.Create();
        using var attacker = new RawPeer("carol");
        await attacker.RegisterAsync(directory);
        await using var bob = await PeerUnderTest.StartAsync(directory, "dave");
        var link = new InviteLink(new Uri(directory.Address), attacker.Name, honest.PeerId, InviteSecret.New());
        _ = await Assert.ThrowsAsync<PeerException>(() =>
            bob.Invites.JoinAsync(link.ToString(), CancellationToken.None)
        );

        using var call = await attacker.AskAsync(bob);
        Assert.Equal(CloseReason.KeyChanged, (await call.ExpectAsync(Frame.BodyOneofCase.Close)).Close.Reason);
        Assert.Empty(bob.Rest().OfType<PeerEvent.Connected>());
        // Not the ordinary warning, which would suggest to trust the key.
        Assert.Empty(bob.Rest().OfType<PeerEvent.KeyChanged>());
    }

    [Fact]
    public async Task Message_for_an_inviter_never_reaches_another_key()
    {
        using var honest = PeerIdentity.Create();
        using var attacker = new RawPeer("erin");
        await attacker.RegisterAsync(directory);
        await using var bob = await PeerUnderTest.StartAsync(directory, "frank", options => options.Reconnect = true);
        var link = new InviteLink(new Uri(directory.Address), attacker.Name, honest.PeerId, InviteSecret.New());
        _ = await Assert.ThrowsAsync<PeerException>(() =>
            bob.Invites.JoinAsync(link.ToString(), CancellationToken.None)
        );

        var queued = bob.Messages.Send(attacker.Name, "a secret");
        Assert.Equal(MessageState.Queued, queued.State);
        await Eventually.True(
            () => bob.Status.DirectoryDetail == InviterKeyWarning.For(attacker.Name),
            PeerUnderTest.Soon,
            "the status shows the warning"
        );
        Assert.Equal(0, bob.Status.Links);
        Assert.Equal(MessageState.Queued, bob.Messages.Page(attacker.Name, null, null, 1).Messages.Single().State);
    }
}
