using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A blocked peer can deposit no more mail, and its mail is not read.</summary>
public sealed class BlockedMailTests(MailPeers peers) : IClassFixture<MailPeers>
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    [Fact]
    public async Task Mail_from_a_blocked_peer_is_deleted_unread_and_then_refused()
    {
        var alices = peers.NewData();
        await using var bob = await peers.StartAsync("bob", peers.NewData());
        await using (var alice = await peers.StartAsync("alice", alices))
        {
            await MailPeers.ConnectAsync(alice, bob);
        }

        var capability = MailPeers
            .StoreOf(bob)
            .Conversations.Load(MailPeers.StoreOf(bob).Conversations.FindAccepted(Alice)!.Value)!
            .TheirCapability!;
        _ = await bob.Expect<PeerEvent.Disconnected>();
        var left = bob.Messages.Send(Alice, "unwanted");
        _ = await bob.Expect<PeerEvent.Receipt>(receipt =>
            receipt == new PeerEvent.Receipt(Alice, left.Id, MessageState.Sent)
        );

        // Without a directory, so that nothing is collected before the block.
        await using (
            var alone = await PeerUnderTest.StartUnregisteredAsync(
                $"http://127.0.0.1:{LoopbackPort.Next()}",
                "alice",
                options => (options.Ephemeral, options.Data) = (false, alices)
            )
        )
        {
            _ = alone.Messages.Send(Bob, "not sent before the block");
            await alone.Contacts.BlockAsync(Bob, CancellationToken.None);
            _ = await alone.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Refused);
            await Eventually.True(
                () => MailPeers.StoreOf(alone).Conversations.AcceptedName(bob.Id) is null,
                PeerUnderTest.Soon,
                "the contact is removed"
            );
        }

        await using var back = await peers.StartAsync("alice", alices, options => options.Accept = AcceptMode.None);
        await MailPeers.EmptyAsync(back);
        Assert.Empty(back.Rest().OfType<PeerEvent.MessageReceived>());
        await Eventually.True(
            () => IsRefusedAsync(bob, capability),
            PeerUnderTest.Soon,
            "the directory refuses the capability"
        );
        await Eventually.True(
            async () => (await MailPeers.StoreOf(back).Capabilities.RevokedAsync()).Count == 0,
            PeerUnderTest.Soon,
            "the store notes the revocation"
        );

        back.Contacts.Unblock(Bob);
        await Eventually.True(() => ConnectsAsync(back, bob), PeerUnderTest.Soon, "the two connect again");
        await Eventually.True(
            () =>
                MailPeers.StoreOf(bob).Conversations.Load(back.Id)?.TheirCapability is { } another
                && !another.SequenceEqual(capability),
            PeerUnderTest.Soon,
            "a new capability is granted"
        );
        Assert.True(await IsRefusedAsync(bob, capability));
    }

    [Fact]
    public async Task Block_ends_the_link_and_revokes_the_capability()
    {
        await using var anna = await peers.StartAsync("anna", peers.NewData());
        await using var bill = await peers.StartAsync("bill", peers.NewData());
        await MailPeers.ConnectAsync(anna, bill);
        var capability = MailPeers.StoreOf(bill).Conversations.Load(anna.Id)!.TheirCapability!;

        await anna.Contacts.BlockAsync(bill.Name, CancellationToken.None);

        Assert.Equal(DisconnectReason.EndedByThem, (await bill.Expect<PeerEvent.Disconnected>()).Reason);
        await Eventually.True(
            () => IsRefusedAsync(bill, capability, anna.Name),
            PeerUnderTest.Soon,
            "the directory refuses the capability"
        );
        Assert.Equal(PeerError.Blocked, Assert.Throws<PeerException>(() => anna.Messages.Send(bill.Name, "no")).Error);
        Assert.False(await anna.Connector.ReconnectAsync(bill.Name, bill.Id, CancellationToken.None));
        await Eventually.True(
            () => MailPeers.StoreOf(anna).Conversations.AcceptedName(bill.Id) is null,
            PeerUnderTest.Soon,
            "the contact is removed"
        );
    }

    private static async Task<bool> ConnectsAsync(PeerUnderTest one, PeerUnderTest other)
    {
        if (one.IsConnectedTo(other))
        {
            return true;
        }

        try
        {
            await one.Connections.ConnectAsync(other.Name, CancellationToken.None);
        }
        catch (PeerException exception) when (exception.Error is PeerError.AlreadyAsked or PeerError.AlreadyConnected)
        {
            return false;
        }

        return false;
    }

    private static async Task<bool> IsRefusedAsync(PeerUnderTest peer, byte[] capability, Username? to = null)
    {
        try
        {
            _ = await MailPeers.MailboxOf(peer).DepositAsync(to ?? Alice, capability, [1], CancellationToken.None);
            return false;
        }
        catch (DirectoryException exception)
        {
            return exception.Failure == DirectoryFailure.CapabilityUnknown;
        }
    }
}
