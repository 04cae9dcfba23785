using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>Messages with content on links, by mail, across restarts and new epochs.</summary>
public sealed class ContentDeliveryTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private static readonly MessageReference Theirs = new(Guid.CreateVersion7(), Yours: true);

    private readonly List<SessionEffect> _effects = [];
    private readonly StoredConversation _stored = new(new ConversationSnapshot(100));
    private RecordedConversation _alice = new(100, new ConversationOptions());
    private readonly RecordedConversation _bob = new(200, new ConversationOptions());

    public static TheoryData<MessageContent> Contents =>
        [
            new MessageContent.Reply(Theirs),
            new MessageContent.Reaction(Theirs, "👍"),
            new MessageContent.Reaction(Theirs, ""),
            new MessageContent.Edit(Guid.CreateVersion7()),
            new MessageContent.Delete(Guid.CreateVersion7()),
        ];

    [Theory]
    [MemberData(nameof(Contents))]
    public void Content_arrives_on_a_link(MessageContent content)
    {
        var message = Send(content);

        Assert.Equal([message], Receive(_bob, FramesOnLink()));
    }

    [Theory]
    [MemberData(nameof(Contents))]
    public void Content_arrives_by_mail(MessageContent content)
    {
        var message = Send(content);

        Assert.Equal([message], ReceiveMail(_bob, Compose()));
    }

    [Theory]
    [MemberData(nameof(Contents))]
    public void Content_survives_a_restart_and_a_new_epoch(MessageContent content)
    {
        var message = Send(content);
        Restart();
        _alice.BeginEpoch(300, _effects);
        Restart();

        Assert.Equal([message], ReceiveMail(_bob, Compose()));
    }

    [Fact]
    public void Content_is_recalled()
    {
        var message = Message(new MessageContent.Reaction(Theirs, "👍"));
        Recall([message]);
        Restart();

        Assert.Equal([message], ReceiveMail(_bob, Compose()));
    }

    [Fact]
    public void Delete_erases_an_undelivered_text()
    {
        var secret = Send(null, "a secret");
        var other = Send(null, "another text");
        var delete = Send(new MessageContent.Delete(secret.Id));

        var erased = secret with { Text = FallbackText.Deleted, Content = delete.Content };
        Assert.Equal([erased, other, delete], ReceiveMail(_bob, Compose()));
        AssertErased();
    }

    [Fact]
    public void Delete_erases_a_reply_and_keeps_its_place()
    {
        var secret = Send(new MessageContent.Reply(Theirs), "a secret");
        var delete = Send(new MessageContent.Delete(secret.Id));

        var erased = secret with { Text = FallbackText.Deleted, Content = delete.Content };
        Assert.Equal([erased, delete], Receive(_bob, FramesOnLink()));
        AssertErased();
    }

    [Fact]
    public void Delete_erases_edits_and_own_reactions()
    {
        var secret = Send(null, "a secret");
        var edit = Send(new MessageContent.Edit(secret.Id), "edited: a secret, too");
        var own = new MessageReference(secret.Id, Yours: false);
        var reaction = Send(new MessageContent.Reaction(own, "👍"), "reacted 👍 to \"a secret, too\"");
        // One of the other side's messages may have the same id.
        var theirs = Send(new MessageContent.Reaction(own with { Yours = true }, "👍"), "reacted 👍 to \"theirs\"");
        var deletion = new MessageContent.Delete(secret.Id);
        var delete = Send(deletion);

        Assert.Equal(
            [
                secret with
                {
                    Text = FallbackText.Deleted,
                    Content = deletion,
                },
                edit with
                {
                    Text = FallbackText.Deleted,
                    Content = deletion,
                },
                reaction with
                {
                    Text = FallbackText.Deleted,
                    Content = deletion,
                },
                theirs,
                delete,
            ],
            ReceiveMail(_bob, Compose())
        );
        AssertErased();
    }

    [Fact]
    public void Delete_erases_a_text_that_was_sent_and_lost()
    {
        Open(_alice, 1);
        var secret = Send(null, "a secret");
        _ = Send(new MessageContent.Delete(secret.Id));
        _alice.LinkClosed(1);
        _effects.Clear();

        Assert.DoesNotContain(FramesOnLink(), frame => frame.Message?.Text == "a secret");
        AssertErased();
    }

    [Fact]
    public void Receiver_with_the_text_acknowledges_it_after_the_delete()
    {
        var secret = Send(null, "a secret");
        var mail = Compose();
        Assert.Equal([secret], ReceiveMail(_bob, mail));
        var delete = Send(new MessageContent.Delete(secret.Id));

        // The text is a duplicate by now, and only its id counts for the checksum.
        Assert.Equal([delete], Receive(_bob, FramesOnLink()));
        _alice.Receive(2, Ack(), Store());
        Store();
        Assert.Equal(0, _alice.Unacknowledged);
        _stored.AssertIs(_alice.Snapshot);
    }

    [Fact]
    public void Erasing_a_text_frees_its_room_in_the_outbox()
    {
        var options = new ConversationOptions { OutboxBytes = 50_100 };
        _alice = new RecordedConversation(new ConversationSnapshot(100), options);
        var large = new OutgoingMessage(Guid.CreateVersion7(), new string('x', 50_000), Start);
        var next = new OutgoingMessage(Guid.CreateVersion7(), new string('y', 50_000), Start);
        Assert.Equal(SendOutcome.Queued, _alice.Send(large, _effects));
        Assert.Equal(SendOutcome.OutboxFull, _alice.Send(next, _effects));

        Assert.Equal(SendOutcome.Queued, _alice.Send(Message(new MessageContent.Delete(large.Id)), _effects));

        Assert.Equal(SendOutcome.Queued, _alice.Send(next, _effects));
    }

    [Fact]
    public void Full_outbox_has_room_for_deletes()
    {
        var options = new ConversationOptions { OutboxMessages = 32 };
        _alice = new RecordedConversation(new ConversationSnapshot(100), options);
        var texts = Enumerable.Range(0, 30).Select(_ => Send(null)).ToList();
        Assert.Equal(SendOutcome.OutboxFull, _alice.Send(Message(null), _effects));

        _ = Send(new MessageContent.Delete(texts[0].Id));
        _ = Send(new MessageContent.Delete(texts[1].Id));

        var third = Message(new MessageContent.Delete(texts[2].Id));
        Assert.Equal(SendOutcome.OutboxFull, _alice.Send(third, _effects));
        Assert.Equal([true, true, false], texts.Take(3).Select(text => IsErased(text.Id)));
        Assert.Equal(2, _alice.Deletes);

        bool IsErased(Guid id) =>
            _alice.Snapshot.Outbox.Single(entry => entry.Message!.Id == id).Message!.Text == FallbackText.Deleted;
    }

    [Fact]
    public void Change_of_a_message_whose_delete_waits_is_refused()
    {
        var secret = Send(null, "a secret");
        _ = Send(new MessageContent.Delete(secret.Id));
        var own = new MessageReference(secret.Id, Yours: false);

        foreach (
            var content in (MessageContent[])
                [
                    new MessageContent.Reaction(own, "👍"),
                    new MessageContent.Reaction(own, ""),
                    new MessageContent.Edit(secret.Id),
                ]
        )
        {
            var late = Message(content, FallbackText.Of(content, "a secret"));
            Assert.Equal(SendOutcome.TargetDeleted, _alice.Send(late, _effects));
        }

        // One of the other side's messages may have the same id.
        _ = Send(new MessageContent.Reaction(own with { Yours = true }, "👍"));
        Assert.Equal(3, _alice.Snapshot.Outbox.Count);
        AssertErased();
    }

    [Fact]
    public void Delete_that_is_taken_empties_the_quotes_that_wait()
    {
        Open(_alice, 1);
        _alice.Receive(1, FrameOfBob(null, "a secret", 1), _effects);
        _alice.LinkClosed(1);
        _ = Store();
        var theirs = new MessageReference(TheirId, Yours: true);
        var other = Message(null, "another text");
        var reaction = Send(new MessageContent.Reaction(theirs, "👍"), "reacted 👍 to \"a secret\"");
        Assert.Equal(SendOutcome.Queued, _alice.Send(other, _effects));
        // One of this side's messages may have the same id.
        var own = Send(new MessageContent.Reaction(theirs with { Yours = false }, "👍"), "reacted 👍 to \"mine\"");
        var removed = Send(new MessageContent.Reaction(theirs, ""), "removed the reaction to \"a secret\"");

        var frame = FrameOfBob(new MessageContent.Delete(TheirId), FallbackText.Deleted, 2);
        Assert.Equal(MailOutcome.Accepted, _alice.ReceiveMail(1, [ResumeOfBob(1), frame], _effects));

        var change = _effects.OfType<SessionEffect.Store>().Select(store => store.Change).OfType<Change.Received>();
        Assert.Equal(2, change.Single().Cleared.Count);
        Assert.Equal(1, _alice.Deletes);
        AssertErased();
        Restart();
        Assert.Equal(
            [
                reaction with
                {
                    Text = "reacted 👍 to \"\"",
                },
                other,
                own,
                removed with
                {
                    Text = "removed the reaction to \"\"",
                },
            ],
            _alice.Snapshot.Outbox.Select(entry => entry.Message!)
        );
    }

    [Fact]
    public void Quote_that_is_recalled_after_the_other_side_deleted_it_is_emptied()
    {
        var reaction = Message(
            new MessageContent.Reaction(new MessageReference(TheirId, Yours: true), "👍"),
            "reacted 👍 to \"a secret\""
        );

        Recall([reaction], meanwhile: () =>
        {
            var frame = FrameOfBob(new MessageContent.Delete(TheirId), FallbackText.Deleted, 1);
            Assert.Equal(MailOutcome.Accepted, _alice.ReceiveMail(1, [ResumeOfBob(1), frame], _effects));
            _ = Store();
        });

        Assert.Equal("reacted 👍 to \"\"", Assert.Single(_alice.Snapshot.Outbox).Message!.Text);
        AssertErased();
    }

    [Fact]
    public void Delete_refused_by_a_full_outbox_erases_nothing()
    {
        _alice = new RecordedConversation(
            new ConversationSnapshot(100),
            new ConversationOptions { OutboxMessages = 1 }
        );
        var text = Message(null);
        Assert.Equal(SendOutcome.Queued, _alice.Send(text, _effects));

        Assert.Equal(SendOutcome.OutboxFull, _alice.Send(Message(new MessageContent.Delete(text.Id)), _effects));

        Assert.Equal(text, Assert.Single(_alice.Snapshot.Outbox).Message);
    }

    [Fact]
    public void Text_that_is_recalled_after_its_delete_is_erased()
    {
        var secret = Message(null, "a secret");
        var reaction = Message(
            new MessageContent.Reaction(new MessageReference(secret.Id, Yours: false), "👍"),
            "reacted 👍 to \"a secret\""
        );
        var other = Message(null, "another text");

        Recall([secret, reaction, other], meanwhile: () => Send(new MessageContent.Delete(secret.Id)));

        Assert.Equal(
            [FallbackText.Deleted, FallbackText.Deleted, "another text", FallbackText.Deleted],
            _alice.Snapshot.Outbox.Select(entry => entry.Message!.Text)
        );
        AssertErased();
    }

    private static readonly Guid TheirId = Guid.CreateVersion7();

    private static Frame FrameOfBob(MessageContent? content, string text, ulong sequence) =>
        new OutgoingMessage(content is null ? TheirId : Guid.CreateVersion7(), text, Start)
        {
            Content = content,
        }.ToFrame(200, sequence);

    private static Frame ResumeOfBob(ulong sendBase) =>
        new()
        {
            Resume = new Resume { SendEpoch = 200, SendBase = sendBase },
        };

    private OutgoingMessage Send(MessageContent? content, string? text = null)
    {
        var message = Message(content, text);
        Assert.Equal(SendOutcome.Queued, _alice.Send(message, _effects));
        _ = Store();
        return message;
    }

    private static OutgoingMessage Message(MessageContent? content, string? text = null) =>
        new(Guid.CreateVersion7(), text ?? FallbackText.Of(content, "text"), Start) { Content = content };

    // Two messages were delivered, and the other side has lost them.
    private void Recall(IReadOnlyList<OutgoingMessage> messages, Action? meanwhile = null)
    {
        var snapshot = new ConversationSnapshot(100)
        {
            Base = 5,
            Checksum = ItemChecksum.Unknown,
            Acknowledged = new Position(100, 5),
        };
        _alice = new RecordedConversation(snapshot, new ConversationOptions());
        _restored = new StoredConversation(snapshot);
        Open(
            _alice,
            1,
            new Resume
            {
                SendEpoch = 200,
                SendBase = 1,
                ReceiveEpoch = 100,
                ReceiveNext = 2,
                MissingEpoch = 100,
                MissingNext = 5,
            }
        );
        var recall = _effects.OfType<SessionEffect.Recall>().Single();
        _ = Store();
        meanwhile?.Invoke();
        _alice.Recalled(recall, messages, [], _effects);
        _ = Store();
        _alice.LinkClosed(1);
    }

    private StoredConversation? _restored;

    private StoredConversation Stored => _restored ?? _stored;

    // Stores what has changed.
    private List<SessionEffect> Store()
    {
        foreach (var store in _effects.OfType<SessionEffect.Store>())
        {
            Stored.Apply(store.Change);
        }

        _effects.Clear();
        return _effects;
    }

    private void Restart()
    {
        _ = Store();
        Stored.AssertIs(_alice.Snapshot);
        _alice = new RecordedConversation(Stored.Snapshot, new ConversationOptions());
    }

    private void AssertErased()
    {
        _ = Store();
        Stored.AssertIs(_alice.Snapshot);
        Assert.DoesNotContain(Stored.Snapshot.Outbox, entry =>
            entry.Message!.Text.Contains("secret", StringComparison.Ordinal)
        );
    }

    private ConversationMail Compose()
    {
        var effects = new List<SessionEffect>();
        Assert.True(_alice.Compose(100_000, effects));
        return Assert.Single(effects.OfType<SessionEffect.Deposit>()).Mail;
    }

    private List<Frame> FramesOnLink()
    {
        Open(_alice, 2);
        var frames = _effects.OfType<SessionEffect.Transmit>().Select(transmit => transmit.Frame).ToList();
        _ = Store();
        return frames;
    }

    private void Open(RecordedConversation conversation, int link, Resume? resume = null)
    {
        conversation.LinkOpened(link, _effects);
        conversation.Receive(
            link,
            new Frame { Resume = resume ?? new Resume { SendEpoch = 200, SendBase = 1 } },
            _effects
        );
    }

    private Frame Ack()
    {
        var effects = new List<SessionEffect>();
        _bob.LinkOpened(9, effects);
        var resume = effects.OfType<SessionEffect.Transmit>().Single().Frame.Resume;
        return new Frame
        {
            Ack = new Ack
            {
                Epoch = resume.ReceiveEpoch,
                Next = resume.ReceiveNext,
                Checksum = resume.ReceiveChecksum,
            },
        };
    }

    private static List<OutgoingMessage> ReceiveMail(RecordedConversation receiver, ConversationMail mail)
    {
        var effects = new List<SessionEffect>();
        Assert.Equal(MailOutcome.Accepted, receiver.ReceiveMail(1, mail.Frames, effects));
        return Delivered(effects);
    }

    private static List<OutgoingMessage> Receive(RecordedConversation receiver, List<Frame> frames)
    {
        var effects = new List<SessionEffect>();
        receiver.LinkOpened(1, effects);
        foreach (var frame in frames)
        {
            receiver.Receive(1, frame, effects);
        }

        return Delivered(effects);
    }

    // What its sender sent.
    private static List<OutgoingMessage> Delivered(List<SessionEffect> effects) =>
        [
            .. effects
                .OfType<SessionEffect.Deliver>()
                .Select(deliver => new OutgoingMessage(deliver.Message.Id, deliver.Message.Text, deliver.Message.SentAt)
                {
                    Content = deliver.Message.Content,
                }),
        ];
}
