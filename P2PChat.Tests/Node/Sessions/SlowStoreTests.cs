using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>What a peer says while its store is slow: nothing that it could take back after a crash.</summary>
public sealed class SlowStoreTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task That_a_message_is_delivered_is_told_when_the_store_has_it_and_frames_go_on_meanwhile()
    {
        using var data = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.Accept, options.Ephemeral, options.Data) = (AcceptMode.All, false, data.Path)
        );
        using var raw = new RawPeer("slow");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        var resume = (await link.ExpectAsync(Frame.BodyOneofCase.Resume)).Resume;
        await link.SendAsync(
            new Frame
            {
                Resume = new Resume { SendEpoch = 7, SendBase = 1 },
            }
        );
        await link.SendMessageAsync(7, 1, "known already");
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Ack);
        _ = await alice.Expect<PeerEvent.MessageReceived>();
        var message = alice.Messages.Send(raw.Name, "one");
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Message);

        using var held = new ManualResetEventSlim();
        var holding = await HoldAsync(alice, held);
        try
        {
            await link.SendAsync(
                new Frame
                {
                    Ack = new Ack { Epoch = resume.SendEpoch, Next = 2 },
                }
            );
            // Answered behind the Ack, and without the store.
            await link.SendMessageAsync(7, 1, "known already");
            Assert.Equal(2UL, (await link.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack.Next);
            Assert.DoesNotContain(alice.Rest(), told => told is PeerEvent.Receipt { State: MessageState.Delivered });
        }
        finally
        {
            held.Set();
            await holding;
        }

        Assert.Equal(
            message.Id,
            (await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered)).Id
        );
    }

    [Fact]
    public async Task An_ephemeral_peer_waits_for_its_store_only_where_what_comes_may_have_come_before()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "ada", options =>
            options.Accept = AcceptMode.All
        );
        using var raw = new RawPeer("restored");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Resume);
        await link.SendAsync(
            new Frame
            {
                Resume = new Resume { SendEpoch = 7, SendBase = 1 },
            }
        );
        var message = new ChatMessage
        {
            Epoch = 7,
            Sequence = 1,
            Id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
            Text = "once",
        };

        using var held = new ManualResetEventSlim();
        var holding = await HoldAsync(alice, held);
        try
        {
            await link.SendAsync(new Frame { Message = message });
            Assert.Equal(new Ack { Epoch = 7, Next = 2 }, (await link.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack);
            Assert.Equal("once", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }
        finally
        {
            held.Set();
            await holding;
        }

        Assert.Single(alice.Messages.Page(raw.Name, null, null, 10).Messages);
        await link.SendAsync(
            new Frame
            {
                Resume = new Resume { SendEpoch = 8, SendBase = 1 },
            }
        );
        message.Epoch = 8;
        await link.SendAsync(new Frame { Message = message });
        Assert.Equal(new Ack { Epoch = 8, Next = 2 }, (await link.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack);
        await link.SendMessageAsync(8, 2, "new");
        Assert.Equal("new", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task A_message_is_queued_until_the_other_side_has_said_where_it_stands_and_then_told_as_sent()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "anna", options =>
            options.Accept = AcceptMode.All
        );
        using var raw = new RawPeer("silent");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Resume);
        _ = await alice.Expect<PeerEvent.Connected>();

        var message = alice.Messages.Send(raw.Name, "early");
        Assert.Equal(MessageState.Queued, message.State);
        Assert.Equal(MessageState.Queued, Assert.Single(alice.Messages.Page(raw.Name, null, null, 10).Messages).State);

        await link.SendAsync(
            new Frame
            {
                Resume = new Resume { SendEpoch = 7, SendBase = 1 },
            }
        );
        Assert.Equal(
            new PeerEvent.Receipt(raw.Name, message.Id, MessageState.Sent),
            await alice.Expect<PeerEvent.Receipt>()
        );
        Assert.Equal(MessageState.Sent, alice.Messages.Send(raw.Name, "later").State);
    }

    [Fact]
    public async Task A_session_that_ends_with_its_peer_makes_room_for_no_other_while_the_store_does_not_have_all_of_it()
    {
        using var data = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "agnes", options =>
            (options.Accept, options.Ephemeral, options.Data) = (AcceptMode.All, false, data.Path)
        );
        using var raw = new RawPeer("last");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await alice.Expect<PeerEvent.Connected>();
        var sessions = alice.Services.GetRequiredService<SessionTable>();
        var session = Assert.Single(sessions.All);

        using var held = new ManualResetEventSlim();
        var holding = await HoldAsync(alice, held);
        try
        {
            var sent = alice.Messages.SendAsync(raw.Name, "kept soon");
            session.Lifecycle.EndForExit();
            // Another session would number its messages from where the store stands.
            sessions.Tick(DateTimeOffset.UtcNow);
            Assert.Same(session, sessions.Find(raw.Name));
            held.Set();
            _ = await sent;
        }
        finally
        {
            held.Set();
            await holding;
        }
    }

    // Returns when the writer stands still, until it is let go.
    private static async Task<Task> HoldAsync(PeerUnderTest peer, ManualResetEventSlim held)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var holding = peer
            .Services.GetRequiredService<PeerStore>()
            .Writer.CallAsync(_ =>
            {
                begun.SetResult();
                held.Wait();
            });
        await begun.Task.WaitAsync(PeerUnderTest.Soon);
        return holding;
    }
}
