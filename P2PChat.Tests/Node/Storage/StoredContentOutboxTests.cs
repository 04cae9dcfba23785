using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using static P2PChat.Tests.Node.Storage.StoredContents;

namespace P2PChat.Tests.Node.Storage;

/// <summary>
/// Messages with content that this side sends: after a restart, once acknowledged, and when they are recalled.
/// </summary>
public sealed class StoredContentOutboxTests : IDisposable
{
    private readonly StoredContents _stored = new();

    public void Dispose() => _stored.Dispose();

    [Fact]
    public void Content_in_the_outbox_survives_a_restart()
    {
        var theirs = _stored.Receive("theirs");
        var ours = _stored.Send("ours");
        MessageContent[] contents =
        [
            new MessageContent.Reply(new MessageReference(theirs, Yours: true)),
            new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👍"),
            new MessageContent.Edit(ours),
            new MessageContent.Delete(ours),
        ];
        foreach (var content in contents)
        {
            _ = _stored.Send(FallbackText.Of(content, "text"), content);
        }

        _stored.Add(new Change.FeaturesChanged(PeerFeatures.Content));
        _stored.Reopen();
        Assert.Equal([null, .. contents], _stored.Outbox().Select(entry => entry.Message!.Content));
        Assert.Equal(
            [FallbackText.Deleted, "text", "reacted 👍 to \"text\"", "edited: text", FallbackText.Deleted],
            _stored.Outbox().Select(entry => entry.Message!.Text)
        );
        Assert.Equal(PeerFeatures.Content, _stored.Store.Conversations.Load(BobsKey)!.Session.Features);
    }

    [Fact]
    public async Task Cleared_messages_leave_nothing_of_the_text_in_the_outbox()
    {
        var ours = _stored.Send("unmistakable one");
        var edit = _stored.Edit(ours, "unmistakable two", ours: true);
        var delete = new OutgoingMessage(Guid.CreateVersion7(), FallbackText.Deleted, Start)
        {
            Content = new MessageContent.Delete(ours),
        };
        _stored.Add(
            new Change.Queued(OurEpoch, 3, delete, Sent: false)
            {
                Cleared =
                [
                    new ClearedMessage(1, ours, new MessageContent.Delete(ours)),
                    new ClearedMessage(2, edit, new MessageContent.Delete(ours)),
                ],
            }
        );

        Assert.DoesNotContain(await _stored.TextsOnDiskAsync(), text => text.Contains("unmistakable"));
        _stored.Reopen();
        Assert.Equal(
            [
                (ours, FallbackText.Deleted, new MessageContent.Delete(ours)),
                (edit, FallbackText.Deleted, new MessageContent.Delete(ours)),
                (delete.Id, FallbackText.Deleted, (MessageContent)new MessageContent.Delete(ours)),
            ],
            _stored.Outbox().Select(entry => (entry.Message!.Id, entry.Message.Text, entry.Message.Content))
        );
        var message = Assert.Single(_stored.Messages());
        Assert.Equal((ours, "", true), (message.Id, message.Text, message.IsRemoved));
    }

    [Fact]
    public async Task Acknowledged_changes_keep_no_text()
    {
        var theirs = _stored.Receive("theirs");
        var ours = _stored.Send("ours");
        _ = _stored.Edit(ours, "edited", ours: true);
        var reaction = new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👍");
        _ = _stored.Send(FallbackText.Of(reaction, "theirs"), reaction);
        Assert.Equal(["theirs", "edited", "edited: edited", "reacted 👍 to \"theirs\"", "ours"], await TextsAsync());

        _stored.Acknowledge();
        Assert.Equal(["theirs", "edited", "ours"], await TextsAsync());
        Assert.Equal(["theirs", "edited"], _stored.Messages().Select(message => message.Text));

        async Task<IEnumerable<string>> TextsAsync() =>
            (await _stored.TextsOnDiskAsync()).Where(text => text.Length > 0);
    }

    [Theory]
    [InlineData(AbandonReason.Expired, false)]
    [InlineData(AbandonReason.Unconfirmed, true)]
    public async Task Abandoned_event_of_a_room_keeps_no_text(AbandonReason reason, bool mayBeDelivered)
    {
        var id = _stored.Send("An event of a room", new MessageContent.Room("secret"u8.ToArray()));
        _stored.Add(new Change.Transmitted(OurEpoch, 1, 2, Deposited: true));
        _stored.Add(new Change.Abandoned(OurEpoch, 1, id, reason, mayBeDelivered));

        var entry = Assert.Single(_stored.Outbox());
        Assert.Equal((null, new AbandonedMessage(id, mayBeDelivered)), (entry.Message, entry.Abandoned));
        await _stored.Store.Writer.CallAsync(connection =>
            Assert.Equal(0L, connection.Scalar("SELECT count(*) FROM messages WHERE content IS NOT NULL"))
        );
    }

    [Fact]
    public async Task Recalled_changes_are_sent_again_as_they_are_now()
    {
        var theirs = _stored.Receive("theirs");
        var (one, two, hidden) = (_stored.Send("one"), _stored.Send("two"), _stored.Send("hidden"));
        _ = _stored.Edit(one, "superseded", ours: true);
        _ = Reaction("👍");
        var edit = _stored.Edit(one, "newest", ours: true);
        var reaction = Reaction("❤️");
        _ = _stored.Edit(hidden, "hidden too", ours: true);
        var delete = _stored.Send(FallbackText.Deleted, new MessageContent.Delete(two));
        _stored.Acknowledge();
        _ = _stored.Messages();
        Assert.Equal(1, await _stored.Store.DeleteAsync(Bob, hidden));

        var asked = new SessionEffect.Recall(new Position(OurEpoch, 1), new Position(OurEpoch, 100), 100, 100_000);
        var found = await _stored.Store.RecallAsync(BobsKey, asked, DateTimeOffset.MinValue);
        Assert.Equal(
            [
                (one, "newest"),
                (edit, "edited: newest"),
                (reaction, "reacted ❤️ to \"theirs\""),
                (delete, FallbackText.Deleted),
            ],
            found.Messages.Select(message => (message.Id, message.Text))
        );
        Assert.Equal(0, found.LostCount);
        Assert.IsType<MessageContent.Reaction>(found.Messages[2].Content);

        var next = OurEpoch + 1;
        _stored.Add(
            new Change.EpochBegun(next, [.. found.Messages.Select(message => message.Id)])
            {
                Recalled = new Recalled(asked.Kept, found.Messages),
            }
        );
        _stored.Reopen();
        Assert.Equal(
            found.Messages.Select(message => (message.Id, message.Text, message.Content)),
            _stored.Outbox().Select(entry => (entry.Message!.Id, entry.Message.Text, entry.Message.Content))
        );
        Assert.Equal(["theirs", "newest", ""], _stored.Messages().Select(message => message.Text));

        Guid Reaction(string emoji)
        {
            var content = new MessageContent.Reaction(new MessageReference(theirs, Yours: true), emoji);
            return _stored.Send(FallbackText.Of(content, "theirs"), content);
        }
    }

    [Fact]
    public async Task Abandoned_change_does_not_hide_a_lost_one_before_it()
    {
        var (ours, theirs) = (_stored.Send("ours"), _stored.Receive("theirs"));
        var reference = new MessageReference(theirs, Yours: true);
        var edit = _stored.Edit(ours, "delivered", ours: true);
        var reaction = _stored.Send("r", new MessageContent.Reaction(reference, "👍"));
        _stored.Acknowledge();
        var abandoned = _stored.Edit(ours, "abandoned", ours: true);
        _stored.Add(new Change.Abandoned(OurEpoch, 4, abandoned, AbandonReason.Expired));
        abandoned = _stored.Send("r", new MessageContent.Reaction(reference, "❤️"));
        _stored.Add(new Change.Abandoned(OurEpoch, 5, abandoned, AbandonReason.Expired));
        Assert.Equal(MessageState.Expired, _stored.Message(ours).ChangeState);
        Assert.Equal(MessageState.Expired, _stored.Message(theirs).ChangeState);

        var asked = new SessionEffect.Recall(new Position(OurEpoch, 2), new Position(OurEpoch, 100), 100, 100_000);
        var found = await _stored.Store.RecallAsync(BobsKey, asked, DateTimeOffset.MinValue);
        Assert.Equal([edit, reaction], found.Messages.Select(message => message.Id));
    }

    [Fact]
    public void Change_state_is_that_of_the_change_that_is_least_far()
    {
        var (ours, theirs) = (_stored.Send("ours"), _stored.Receive("theirs"));
        Assert.Null(_stored.Message(ours).ChangeState);
        _ = _stored.Receive("r", new MessageContent.Reaction(new MessageReference(ours, Yours: true), "👍"));
        Assert.Null(_stored.Message(ours).ChangeState);

        _ = _stored.Edit(ours, "edited", ours: true);
        Assert.Equal(MessageState.Queued, _stored.Message(ours).ChangeState);
        _stored.Acknowledge();
        Assert.Equal(MessageState.Delivered, _stored.Message(ours).ChangeState);
        var reaction = new MessageContent.Reaction(new MessageReference(ours, Yours: false), "👍");
        _ = _stored.Send("r", reaction);
        Assert.Equal(MessageState.Queued, _stored.Message(ours).ChangeState);
        _stored.Acknowledge();
        _stored.Add(new Change.ReadByThem(OurEpoch, 4));
        // The message is read, and a change of it is delivered.
        Assert.Equal((MessageState.Read, MessageState.Delivered), StatesOf(ours));
        Assert.Null(_stored.Message(theirs).ChangeState);

        _ = _stored.Send(FallbackText.Deleted, new MessageContent.Delete(ours));
        Assert.Equal((MessageState.Read, MessageState.Queued), StatesOf(ours));

        (MessageState, MessageState?) StatesOf(Guid id) => (_stored.Message(id).State, _stored.Message(id).ChangeState);
    }

    [Fact]
    public async Task Quotes_of_a_deleted_message_leave_the_outbox_with_the_delete()
    {
        var theirs = _stored.Receive("unmistakable");
        var content = new MessageContent.Reaction(new MessageReference(theirs, Yours: true), "👍");
        var reaction = _stored.Send(FallbackText.Of(content, "unmistakable"), content);
        var delete = new IncomingMessage(Guid.CreateVersion7(), FallbackText.Deleted, Start, null, TheirEpoch, 2)
        {
            Content = new MessageContent.Delete(theirs),
        };
        _stored.Add(
            new Change.Received(TheirEpoch, 3, [delete]) { Cleared = [new ClearedMessage(1, reaction, content)] }
        );

        Assert.DoesNotContain(await _stored.TextsOnDiskAsync(), text => text.Contains("unmistakable"));
        _stored.Reopen();
        var entry = Assert.Single(_stored.Outbox());
        Assert.Equal(("reacted 👍 to \"\"", content), (entry.Message!.Text, entry.Message.Content));
    }

    [Fact]
    public async Task Changes_that_are_not_sent_again_are_not_reported_as_lost()
    {
        var one = _stored.Send("one");
        _ = _stored.Edit(one, "edited", ours: true);
        _ = _stored.Send("two");
        _stored.Acknowledge();
        _ = _stored.Messages();

        var asked = new SessionEffect.Recall(new Position(OurEpoch, 1), new Position(OurEpoch, 100), 1, 100_000);
        var found = await _stored.Store.RecallAsync(BobsKey, asked, DateTimeOffset.MinValue);
        Assert.Equal("two", Assert.Single(found.Messages).Text);
        Assert.Equal([one], found.Lost);
    }
}
