using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A message that is in a mailbox when its sender abandons it.</summary>
public sealed class LateDeliveryTests(MailPeers peers) : IClassFixture<MailPeers>
{
    [Fact]
    public async Task Expired_message_that_was_deposited_is_still_delivered()
    {
        var (alices, bobs, clock, bob) = (
            peers.NewData(),
            peers.NewData(),
            new SettableClock(),
            Username.Parse("later")
        );
        Guid id,
            theirs;
        await using (var alice = await peers.StartAsync("early", alices, timeProvider: clock))
        {
            await using (var absent = await peers.StartAsync("later", bobs))
            {
                await MailPeers.ConnectAsync(alice, absent);
                theirs = absent.Messages.Send(alice.Name, "theirs").Id;
                _ = await alice.Expect<PeerEvent.MessageReceived>();
            }

            _ = await alice.Expect<PeerEvent.Disconnected>();
            id = alice.Messages.Send(bob, "from the mailbox").Id;
            _ = await alice.Messages.ReactAsync(bob, theirs, "👍");
            await Eventually.True(
                () => alice.Messages.InfoOf(bob, theirs).Changes[0].State == MessageState.Sent,
                PeerUnderTest.Soon,
                "the message and the reaction are deposited"
            );

            clock.LetPass(TimeSpan.FromDays(14));
            alice.Expire();
            Assert.Equal(
                id,
                (await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Unconfirmed)).Id
            );
            Assert.Equal(MessageState.Unconfirmed, alice.Messages.Page(bob, null, null, 1).Messages.Single().State);
            Assert.Equal(
                new PeerEvent.ChangeReceipt(bob, theirs, bob, MessageChange.Reaction, MessageState.Unconfirmed),
                await alice.Expect<PeerEvent.ChangeReceipt>()
            );
        }

        // One peer at a time, so that the message and its acknowledgement go by mail.
        await using (var late = await peers.StartAsync("later", bobs))
        {
            Assert.Equal("from the mailbox", (await late.Expect<PeerEvent.MessageReceived>()).Message.Text);
            await MailPeers.EmptyAsync(late);
        }

        await using var again = await peers.StartAsync("early", alices);
        Assert.Equal(
            id,
            (await again.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered)).Id
        );
        Assert.Equal(
            new PeerEvent.ChangeReceipt(bob, theirs, bob, MessageChange.Reaction, MessageState.Delivered),
            await again.Expect<PeerEvent.ChangeReceipt>()
        );
        // The reaction itself is no message.
        Assert.All(again.Rest().OfType<PeerEvent.Receipt>(), receipt => Assert.Equal(id, receipt.Id));
        await Eventually.True(
            () => again.Messages.Page(bob, null, null, 1).Messages.Single().State == MessageState.Delivered,
            PeerUnderTest.Soon,
            "the history shows the new state"
        );
    }
}
