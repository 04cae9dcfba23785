using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>While the store is slow, a peer announces nothing that a crash could undo.</summary>
public sealed class SlowStoreTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Receipt_waits_for_the_store_but_frames_do_not()
    {
        using var data = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.Accept, options.Ephemeral, options.Data) = (AcceptMode.All, false, data.Path)
        );
        using var raw = new RawPeer("slow");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        var resume = await link.ResumeAsync();
        await link.SendMessageAsync(RawLink.Epoch, 1, "known already");
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
            // Acknowledged after the Ack has been processed, and without the store.
            await link.SendMessageAsync(RawLink.Epoch, 1, "known already");
            Assert.Equal(2UL, (await link.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack.Next);
            Assert.DoesNotContain(alice.Rest(), @event =>
                @event is PeerEvent.Receipt { State: MessageState.Delivered }
            );
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
    public async Task Ephemeral_peer_waits_for_its_store_only_after_a_new_epoch()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "ada", options =>
            options.Accept = AcceptMode.All
        );
        using var raw = new RawPeer("restored");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await link.ResumeAsync();
        var message = new ChatMessage
        {
            Epoch = RawLink.Epoch,
            Sequence = 1,
            Id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
            Text = "once",
        };

        using var held = new ManualResetEventSlim();
        var holding = await HoldAsync(alice, held);
        try
        {
            await link.SendAsync(new Frame { Message = message });
            Assert.Equal(
                new Ack { Epoch = RawLink.Epoch, Next = 2 },
                (await link.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack
            );
            Assert.Equal("once", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }
        finally
        {
            held.Set();
            await holding;
        }

        Assert.Single(alice.Messages.Page(raw.Name, null, null, 10).Messages);
        await link.SendResumeAsync(epoch: 8);
        message.Epoch = 8;
        await link.SendAsync(new Frame { Message = message });
        Assert.Equal(new Ack { Epoch = 8, Next = 2 }, (await link.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack);
        await link.SendMessageAsync(8, 2, "new");
        Assert.Equal("new", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Message_stays_queued_until_the_remote_peer_resumes()
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

        await link.SendResumeAsync();
        Assert.Equal(
            new PeerEvent.Receipt(raw.Name, message.Id, MessageState.Sent),
            await alice.Expect<PeerEvent.Receipt>()
        );
        Assert.Equal(MessageState.Sent, alice.Messages.Send(raw.Name, "later").State);
    }

    [Fact]
    public async Task Session_is_kept_on_exit_until_all_its_changes_are_stored()
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
            // Another session would number its messages from what the store has now.
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

    // Returns when the store's writer is blocked; it is until the event is set.
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
