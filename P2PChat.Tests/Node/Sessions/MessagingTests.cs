using Google.Protobuf;
using P2PChat.Node.Model;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>Messages that are refused, repeated, or in flight while links come and go.</summary>
public sealed class MessagingTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Message_without_a_connection_or_with_a_bad_text_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        Assert.Equal(PeerError.NotConnected, Refusal(() => alice.Messages.Send(bob.Name, "hello")));
        Assert.Equal(PeerError.UnknownPeer, Refusal(() => alice.Messages.Page(bob.Name, null, null, 10)));

        await alice.ConnectAsync(bob);
        Assert.Equal(PeerError.BadText, Refusal(() => alice.Messages.Send(bob.Name, "")));
        Assert.Equal(
            PeerError.BadText,
            Refusal(() => alice.Messages.Send(bob.Name, new string('x', ConversationOptions.MaxTextBytes + 1)))
        );

        var longest = new string('x', ConversationOptions.MaxTextBytes);
        alice.Messages.Send(bob.Name, longest);
        Assert.Equal(longest, (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Same_idempotency_key_sends_once()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);

        var first = alice.Messages.Send(bob.Name, "once", "key");
        var again = alice.Messages.Send(bob.Name, "once", "key");
        alice.Messages.Send(bob.Name, "last");
        Assert.Equal(first.Id, again.Id);
        Assert.Equal("once", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
        Assert.Equal("last", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Idempotency_key_with_another_text_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);

        var first = alice.Messages.Send(bob.Name, "one", "key");
        Assert.Equal(PeerError.KeyReused, Refusal(() => alice.Messages.Send(bob.Name, "two", "key")));
        Assert.Equal(
            (first.Id, "one"),
            (
                alice.Messages.Send(bob.Name, "one", "key").Id,
                Assert.Single(alice.Messages.Page(bob.Name, null, null, 10).Messages).Text
            )
        );
    }

    [Fact]
    public async Task Messages_in_flight_are_sent_again_on_the_next_link()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            options.Accept = AcceptMode.All
        );
        using var raw = new RawPeer("raw");
        await raw.RegisterAsync(directory);
        using (var first = await raw.AskAsync(alice))
        {
            _ = await first.ResumeAsync();
            _ = await alice.Expect<PeerEvent.Connected>();
            alice.Messages.Send(raw.Name, "one");
            alice.Messages.Send(raw.Name, "two");
            _ = await first.ExpectAsync(Frame.BodyOneofCase.Message);
            first.Cut();
        }

        Assert.Equal(
            new PeerEvent.Disconnected(raw.Name, DisconnectReason.ConnectionLost),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.Equal(MessageState.Queued, alice.Messages.Send(raw.Name, "three").State);

        using var second = await raw.AskAsync(alice);
        var resume = await second.ResumeAsync();
        Assert.Equal("one", (await second.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
        Assert.Equal("two", (await second.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
        Assert.Equal("three", (await second.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
        await second.SendAsync(
            new Frame
            {
                Ack = new Ack { Epoch = resume.SendEpoch, Next = 4 },
            }
        );
        for (var i = 0; i < 3; i++)
        {
            _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
        }

        await Eventually.True(
            () => alice.Messages.Page(raw.Name, null, null, 1).Messages is [{ State: MessageState.Delivered }],
            PeerUnderTest.Soon,
            "the store has the receipt"
        );
        Assert.All(alice.Messages.Page(raw.Name, null, null, 10).Messages, message =>
            Assert.Equal(MessageState.Delivered, message.State)
        );
    }

    [Fact]
    public async Task Repeatedly_cut_links_lose_and_repeat_no_message()
    {
        const int Cuts = 8;
        const int MessagesPerCut = 200;
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);

        var sent = new List<string>();
        for (var cut = 0; cut < Cuts; cut++)
        {
            for (var i = 0; i < MessagesPerCut; i++)
            {
                sent.Add($"{cut}-{i}");
                alice.Messages.Send(bob.Name, sent[^1]);
            }

            // Somewhere among those messages, on alternating sides.
            await (cut % 2 == 0 ? alice : bob).CutLinksAsync();
            await Eventually.True(
                () => !alice.IsConnectedTo(bob) && !bob.IsConnectedTo(alice),
                PeerUnderTest.Soon,
                "both have noticed the cut"
            );
            await alice.ConnectAsync(bob);
        }

        await Eventually.True(
            () => alice.Messages.Page(bob.Name, null, null, 1).Messages is [{ State: MessageState.Delivered }],
            PeerUnderTest.Soon,
            "the last message is delivered"
        );
        Assert.Equal(sent, bob.Messages.Page(alice.Name, null, null, 10_000).Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task Closed_socket_is_reported_within_one_second()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);

        // The quickest of a few, because a busy machine may pause this process for a second.
        var quickest = long.MaxValue;
        for (var time = 0; time < 5 && quickest > 1000; time++)
        {
            if (time > 0)
            {
                await alice.ConnectAsync(bob);
            }

            var cut = Environment.TickCount64;
            await alice.CutLinksAsync();
            Assert.Equal(
                new PeerEvent.Disconnected(alice.Name, DisconnectReason.ConnectionLost),
                await bob.Expect<PeerEvent.Disconnected>()
            );
            quickest = Math.Min(quickest, Environment.TickCount64 - cut);
            await Eventually.True(() => !alice.IsConnectedTo(bob), PeerUnderTest.Soon, "alice has noticed it too");
        }

        Assert.InRange(quickest, 0, 1000);
    }

    [Fact]
    public async Task Exiting_peer_notifies_its_contacts_and_unregisters()
    {
        using var data = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        // The quickest of a few, as above.
        var quickest = long.MaxValue;
        for (var time = 0; time < 5 && quickest > 3000; time++)
        {
            var bob = await PeerUnderTest.StartAsync(directory, "goer", options =>
                (options.Ephemeral, options.Data) = (false, data.Path)
            );
            var name = bob.Name;
            await alice.ConnectAsync(bob);

            var exit = Environment.TickCount64;
            await bob.DisposeAsync();
            quickest = Math.Min(quickest, Environment.TickCount64 - exit);
            Assert.Equal(
                new PeerEvent.Disconnected(name, DisconnectReason.WentOffline),
                await alice.Expect<PeerEvent.Disconnected>()
            );
            Assert.False(
                (await alice.Connections.ListPeersAsync(CancellationToken.None))
                    .Single(peer => peer.Name == name)
                    .Online
            );
        }

        Assert.InRange(quickest, 0, 3000);
    }

    [Fact]
    public async Task List_shows_the_relation_to_each_peer()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await using var carol = await PeerUnderTest.StartAsync(directory, "carol");
        await using var dave = await PeerUnderTest.StartAsync(directory, "dave");
        await alice.ConnectAsync(bob);
        await alice.Connections.ConnectAsync(carol.Name, CancellationToken.None);
        await dave.Connections.ConnectAsync(alice.Name, CancellationToken.None);
        _ = await alice.Expect<PeerEvent.Request>();

        var list = await alice.Connections.ListPeersAsync(CancellationToken.None);
        // Peers of other tests may be listed until their leases expire.
        PeerUnderTest[] present = [alice, bob, carol, dave];
        Assert.Equal(
            [
                (alice.Name, Relation.Ourselves),
                (bob.Name, Relation.Connected),
                (carol.Name, Relation.RequestSent),
                (dave.Name, Relation.RequestReceived),
            ],
            list.Where(peer => peer.Online && present.Any(one => one.Name == peer.Name))
                .Select(peer => (peer.Name, peer.Relation))
        );
    }

    [Fact]
    public async Task Message_of_an_earlier_epoch_can_be_marked_as_read()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            options.Accept = AcceptMode.All
        );
        using var raw = new RawPeer("restored");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await link.ResumeAsync();
        var id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true));
        await link.SendAsync(
            new Frame
            {
                Message = new ChatMessage
                {
                    Epoch = RawLink.Epoch,
                    Sequence = 1,
                    Id = id,
                    Text = "unread",
                },
            }
        );
        var received = await alice.Expect<PeerEvent.MessageReceived>();
        await link.SendResumeAsync(epoch: 9);
        await link.SendAsync(
            new Frame
            {
                Message = new ChatMessage
                {
                    Epoch = 9,
                    Sequence = 1,
                    Id = id,
                    Text = "unread",
                },
            }
        );
        Ack ack;
        do
        {
            ack = (await link.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack;
        } while (ack.Epoch != 9);
        Assert.Equal(1, Unread());

        alice.Messages.MarkRead(raw.Name, received.Message.Id);
        await Eventually.True(() => Unread() == 0, PeerUnderTest.Soon, "the message is read");

        int Unread() => alice.Messages.Conversations.Single(conversation => conversation.With == raw.Name).Unread;
    }

    private static PeerError Refusal(Action act) => Assert.Throws<PeerException>(act).Error;
}
