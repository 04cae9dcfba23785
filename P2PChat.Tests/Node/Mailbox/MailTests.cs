using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>Mail between two peers.</summary>
public sealed class MailTests(MailPeers peers) : IClassFixture<MailPeers>
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    [Fact]
    public async Task Mail_is_delivered_between_peers_never_online_together()
    {
        var (alices, bobs) = (peers.NewData(), peers.NewData());
        await using (var alice = await peers.StartAsync("alice", alices))
        {
            await using (var bob = await peers.StartAsync("bob", bobs))
            {
                await MailPeers.ConnectAsync(alice, bob);
            }

            _ = await alice.Expect<PeerEvent.Disconnected>();
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(MessageState.Queued, alice.Messages.Send(Bob, $"from alice {i}").State);
            }

            for (var i = 0; i < 3; i++)
            {
                _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent);
            }
        }

        await using (var bob = await peers.StartAsync("bob", bobs))
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal($"from alice {i}", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
            }

            await MailPeers.EmptyAsync(bob);
            _ = bob.Messages.Send(Alice, "from bob");
        }

        await using (var alice = await peers.StartAsync("alice", alices))
        {
            for (var i = 0; i < 3; i++)
            {
                _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
            }

            Assert.Equal("from bob", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
            await MailPeers.EmptyAsync(alice);
        }

        await using var again = await peers.StartAsync("bob", bobs);
        _ = await again.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
        Assert.Equal(["from alice 0", "from alice 1", "from alice 2", "from bob"], MailPeers.Texts(again, Alice));
        Assert.DoesNotContain(again.Rest(), @event => @event is PeerEvent.Connected or PeerEvent.Request);
    }

    [Fact]
    public async Task Message_that_arrives_by_mail_and_link_is_delivered_once()
    {
        var (alices, bobs) = (peers.NewData(), peers.NewData());
        await using var anna = await peers.StartAsync("anna", alices);
        await using (var bill = await peers.StartAsync("bill", bobs))
        {
            await MailPeers.ConnectAsync(anna, bill);
        }

        _ = await anna.Expect<PeerEvent.Disconnected>();
        var name = Username.Parse("bill");
        for (var i = 0; i < 20; i++)
        {
            _ = anna.Messages.Send(name, $"message {i}");
        }

        await Eventually.True(
            () => anna.Messages.Page(name, null, null, 100).Messages.All(message => message.State == MessageState.Sent),
            PeerUnderTest.Soon,
            "all are deposited"
        );

        // The link opens while the mailbox is being collected.
        await using var back = await peers.StartAsync("bill", bobs);
        await Eventually.True(
            () =>
                anna
                    .Messages.Page(name, null, null, 100)
                    .Messages.All(message => message.State == MessageState.Delivered),
            PeerUnderTest.Soon,
            "all are delivered"
        );
        await MailPeers.EmptyAsync(back);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"message {i}"), MailPeers.Texts(back, anna.Name));
        Assert.Equal(20, back.Rest().OfType<PeerEvent.MessageReceived>().Count());
    }
}
