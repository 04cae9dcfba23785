using Google.Protobuf;
using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Services;

/// <summary>Messages with content to and from a peer that is older, or lies.</summary>
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
        Assert.All(alice.Rest().OfType<PeerEvent.MessageChanged>(), changed =>
            Assert.Equal((ours.Id, MessageChange.Reaction), (changed.Message.Id, changed.Change))
        );

        Task SendAsync(string text, MessageContent? content, Guid? id = null) =>
            link.SendAsync(
                new Frame
                {
                    Message = new ChatMessage
                    {
                        Epoch = RawLink.Epoch,
                        Sequence = ++sequence,
                        Id = ByteString.CopyFrom((id ?? Guid.CreateVersion7()).ToByteArray(bigEndian: true)),
                        SentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                        Text = text,
                        Content = content is null ? ByteString.Empty : ByteString.CopyFrom(content.ToBytes()),
                    },
                }
            );
    }

    private Task<PeerUnderTest> StartAsync() =>
        PeerUnderTest.StartAsync(directory, "alice", options => options.Accept = AcceptMode.All);
}
