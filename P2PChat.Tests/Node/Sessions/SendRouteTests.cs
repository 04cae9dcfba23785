using P2PChat.Node.Model;
using P2PChat.Tests.Node.Mailbox;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>The route that is reported to the sender of a message.</summary>
public sealed class SendRouteTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Message_to_an_offline_contact_goes_to_their_mailbox()
    {
        using var alices = new TempDirectory();
        using var bobs = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.Ephemeral, options.Data) = (false, alices.Path)
        );
        var bob = await PeerUnderTest.StartAsync(directory, "bob", options =>
            (options.Ephemeral, options.Data) = (false, bobs.Path)
        );
        await MailPeers.ConnectAsync(alice, bob);
        Assert.Equal(SendRoute.Link, alice.Messages.RouteTo(bob.Name));

        await bob.DisposeAsync();
        _ = await alice.Expect<PeerEvent.Disconnected>();
        _ = alice.Messages.Send(bob.Name, "while you are away");
        Assert.Equal(SendRoute.Mailbox, alice.Messages.RouteTo(bob.Name));
    }

    [Fact]
    public async Task Message_to_an_ephemeral_peer_waits_for_a_link()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "anne");
        var bob = await PeerUnderTest.StartAsync(directory, "brief");
        await alice.ConnectAsync(bob);

        await bob.DisposeAsync();
        _ = await alice.Expect<PeerEvent.Disconnected>();
        Assert.Equal(SendRoute.Queue, alice.Messages.RouteTo(bob.Name));
    }
}
