using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>Replies, reactions, edits and deletes to somebody who is away.</summary>
public sealed class ContentMailTests(MailPeers peers) : IClassFixture<MailPeers>
{
    [Fact]
    public async Task Each_kind_arrives_by_mail_in_order_and_once()
    {
        var (alices, bobs) = (peers.NewData(), peers.NewData());
        Message one,
            two,
            theirs;
        await using (var alice = await peers.StartAsync("alice", alices))
        {
            await using (var bob = await peers.StartAsync("bob", bobs))
            {
                await MailPeers.ConnectAsync(alice, bob);
                one = alice.Messages.Send(bob.Name, "one");
                two = alice.Messages.Send(bob.Name, "two");
                _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == two.Id);
                theirs = bob.Messages.Send(alice.Name, "theirs");
                _ = await alice.Expect<PeerEvent.MessageReceived>();
            }

            _ = await alice.Expect<PeerEvent.Disconnected>();
            // Otherwise a message could be deposited before it is deleted.
            await peers.Directory.StopAsync();
            var name = theirs.From;
            _ = await alice.Messages.ReplyAsync(name, "a reply", theirs.Id);
            _ = await alice.Messages.ReactAsync(name, theirs.Id, "🎉");
            _ = await alice.Messages.EditAsync(name, one.Id, "one, edited");
            // Nothing of it ever leaves.
            var unsent = alice.Messages.Send(name, "unmistakable");
            _ = await alice.Messages.RemoveForAllAsync(name, unsent.Id);
            _ = await alice.Messages.RemoveForAllAsync(name, two.Id);
        }

        await peers.Directory.StartAsync();
        await using (var alice = await peers.StartAsync("alice", alices))
        {
            await Eventually.True(
                () => alice.Messages.InfoOf(theirs.From, two.Id).Changes[0].State == MessageState.Sent,
                PeerUnderTest.Soon,
                "all is deposited"
            );
        }

        await using (var bob = await peers.StartAsync("bob", bobs))
        {
            var reply = (await bob.Expect<PeerEvent.MessageReceived>()).Message;
            Assert.Equal(("a reply", "theirs"), (reply.Text, reply.ReplyTo!.Text));
            Assert.Equal(
                (theirs.Id, "🎉"),
                Of(await bob.Expect<PeerEvent.MessageChanged>(), changed => changed.Message.Reactions.Single().Emoji)
            );
            Assert.Equal(
                (one.Id, "one, edited"),
                Of(await bob.Expect<PeerEvent.MessageChanged>(), changed => changed.Message.Text)
            );
            Assert.Equal(
                (two.Id, true),
                Of(await bob.Expect<PeerEvent.MessageChanged>(), changed => changed.Message.IsRemoved)
            );
            await MailPeers.EmptyAsync(bob);
        }

        await using var again = await peers.StartAsync("bob", bobs);
        Assert.Equal(["one, edited", "", "theirs", "a reply"], MailPeers.Texts(again, one.From));
        Assert.Empty(again.Messages.Search("unmistakable", null, 10).Messages);
        Assert.DoesNotContain(again.Rest(), @event => @event is PeerEvent.MessageChanged);
    }

    private static (Guid, T) Of<T>(PeerEvent.MessageChanged changed, Func<PeerEvent.MessageChanged, T> value) =>
        (changed.Message.Id, value(changed));
}
