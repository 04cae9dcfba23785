using System.Diagnostics;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Messages with content to and from a peer that is older, or lies.</summary>
[Collection(Alone.Name)]
public sealed class ForeignContentTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Older_peer_shows_a_text_for_each_kind()
    {
        await using var alice = await StartAsync();
        using var raw = new RawPeer("raw");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await link.ResumeAsync();
        _ = await alice.Expect<PeerEvent.Connected>();
        await link.SendMessageAsync(RawLink.Epoch, 1, "theirs");
        var theirs = (await alice.Expect<PeerEvent.MessageReceived>()).Message;
        var ours = alice.Messages.Send(raw.Name, "ours");

        _ = await alice.Messages.ReplyAsync(raw.Name, "a reply", theirs.Id);
        _ = await alice.Messages.ReactAsync(raw.Name, theirs.Id, "👍");
        _ = await alice.Messages.EditAsync(raw.Name, ours.Id, "better");

        string[] expected = ["ours", "a reply", "reacted 👍 to \"theirs\"", "edited: better"];
        foreach (var text in expected)
        {
            Assert.Equal(text, (await link.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
        }

        _ = await alice.Messages.RemoveForAllAsync(raw.Name, ours.Id);
        Assert.Equal("deleted a message", (await link.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
    }

    [Fact]
    public async Task Forged_changes_are_ignored_and_the_conversation_goes_on()
    {
        await using var alice = await StartAsync();
        using var raw = new RawPeer("liar");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await link.ResumeAsync();
        _ = await alice.Expect<PeerEvent.Connected>();
        var ours = alice.Messages.Send(raw.Name, "ours");
        var theirs = Guid.CreateVersion7();
        var sequence = 0UL;
        await SendAsync("theirs", content: null, theirs);

        await SendAsync("edited: forged", new MessageContent.Edit(ours.Id));
        await SendAsync("deleted a message", new MessageContent.Delete(ours.Id));
        await SendAsync("edited: unknown", new MessageContent.Edit(Guid.CreateVersion7()));
        await SendAsync("edited: ", new MessageContent.Edit(theirs));
        for (var i = 0; i < 200; i++)
        {
            await SendAsync("r", new MessageContent.Reaction(new MessageReference(ours.Id, Yours: true), "👍"));
        }

        // Not one emoji, so it is a plain message.
        await SendAsync("plain", new MessageContent.Reaction(new MessageReference(ours.Id, Yours: true), "no emoji"));
        await SendAsync("last", content: null);

        _ = await alice.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "last");
        Assert.Equal(
            ["ours", "theirs", "plain", "last"],
            alice.Messages.Page(raw.Name, null, null, 100).Messages.Select(message => message.Text)
        );
        var info = alice.Messages.InfoOf(raw.Name, ours.Id);
        Assert.Equal([new MessageReaction(raw.Name, "👍")], info.Message.Reactions);
        Assert.Equal(50, info.Changes.Count);
        var changes = alice.Rest().OfType<PeerEvent.MessageChanged>().ToList();
        Assert.Equal(200, changes.Count);
        Assert.All(changes, changed =>
            Assert.Equal((ours.Id, MessageChange.Reaction), (changed.Message.Id, changed.Change))
        );

        Task SendAsync(string text, MessageContent? content, Guid? id = null) =>
            link.SendAsync(FrameOf(++sequence, text, content, id));
    }

    [Fact]
    public async Task Quote_of_a_message_that_is_deleted_meanwhile_is_not_sent()
    {
        await using var alice = await StartAsync();
        using var raw = new RawPeer("quick");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await link.ResumeAsync();
        _ = await alice.Expect<PeerEvent.Connected>();
        var theirs = Guid.CreateVersion7();
        await link.SendAsync(FrameOf(1, "a secret", content: null, theirs));
        _ = await alice.Expect<PeerEvent.MessageReceived>();
        var messages = alice.Services.GetRequiredService<SessionTable>().Find(raw.Name)!.Messages;
        var content = new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👍");
        // The user's choice, which was made before the delete arrives.
        var draft = new MessageDraft(FallbackText.Of(content, "a secret"), content) { Deletes = messages.Deletes };

        await link.SendAsync(FrameOf(2, FallbackText.Deleted, new MessageContent.Delete(theirs)));
        _ = await alice.Expect<PeerEvent.MessageChanged>();
        _ = await Assert.ThrowsAsync<PeerException>(() => messages.SendAsync(raw.Name, draft, key: null)!);

        Assert.Equal("reacted 👍 to \"\"", (await link.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
    }

    // They cost about as much as as many messages, and leave no more behind.
    [Fact]
    public async Task Flood_of_edits_and_deletes_costs_a_bounded_amount_of_time_and_memory()
    {
        const int Count = 2000;
        await using var alice = await StartAsync();
        using var raw = new RawPeer("flooder");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(alice);
        _ = await link.ResumeAsync();
        _ = await alice.Expect<PeerEvent.Connected>();
        var reading = Task.Run(link.ReadToEndAsync);
        var (sequence, text) = (0UL, string.Concat(Enumerable.Repeat("some words ", 800)));
        var ids = Enumerable.Range(0, Count).Select(_ => Guid.CreateVersion7()).ToList();

        var messages = await TimeAsync(ids.Select(id => ((MessageContent?)null, text, id)));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var edits = await TimeAsync(
            Enumerable.Range(0, Count).Select(i => Change(new MessageContent.Edit(ids[i % 10]), $"edited: {text}"))
        );
        var deletes = await TimeAsync(
            ids.Select(id => Change(new MessageContent.Delete(id), FallbackText.Deleted))
                .Concat(ids.Select(id => Change(new MessageContent.Delete(id), FallbackText.Deleted)))
        );

        Assert.InRange(edits, TimeSpan.Zero, 10 * messages + TimeSpan.FromSeconds(2));
        Assert.InRange(deletes, TimeSpan.Zero, 10 * messages + TimeSpan.FromSeconds(2));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 * 1024 * 1024);
        Assert.All(alice.Messages.Page(raw.Name, null, null, Count).Messages.SkipLast(3), message =>
            Assert.Equal(("", true), (message.Text, message.IsRemoved))
        );
        Assert.Empty(alice.Messages.Search("words", null, 10).Messages);
        link.Dispose();
        _ = await reading;

        static (MessageContent?, string, Guid) Change(MessageContent content, string text) =>
            (content, text, Guid.CreateVersion7());

        // Until the message after them has arrived.
        async Task<TimeSpan> TimeAsync(IEnumerable<(MessageContent? Content, string Text, Guid Id)> sent)
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var (content, what, id) in sent)
            {
                await link.SendAsync(FrameOf(++sequence, what, content, id));
            }

            var last = Guid.CreateVersion7();
            await link.SendAsync(FrameOf(++sequence, "last", content: null, last));
            await Eventually.True(
                () => alice.Messages.Page(raw.Name, null, null, 1).Messages.SingleOrDefault()?.Id == last,
                PeerUnderTest.Soon,
                "all have arrived"
            );
            return Stopwatch.GetElapsedTime(start);
        }
    }

    private static Frame FrameOf(ulong sequence, string text, MessageContent? content, Guid? id = null) =>
        new()
        {
            Message = new ChatMessage
            {
                Epoch = RawLink.Epoch,
                Sequence = sequence,
                Id = ByteString.CopyFrom((id ?? Guid.CreateVersion7()).ToByteArray(bigEndian: true)),
                SentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                Text = text,
                Content = content is null ? ByteString.Empty : ByteString.CopyFrom(content.ToBytes()),
            },
        };

    private Task<PeerUnderTest> StartAsync() =>
        PeerUnderTest.StartAsync(directory, "alice", options => options.Accept = AcceptMode.All);
}
