using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>One side of a conversation continues from an older copy of itself without knowing.</summary>
public class OlderCopyTests
{
    private const ulong Ours = 100;
    private const ulong Theirs = 200;

    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private readonly List<SessionEffect> _effects = [];

    [Theory]
    [InlineData("resume")]
    [InlineData("ack")]
    [InlineData("receipt")]
    [InlineData("mail")]
    public void Acknowledgement_above_our_next_begins_a_new_epoch(string way)
    {
        var sender = Flowing(New(Ours));
        Send(sender, "three");
        _effects.Clear();

        switch (way)
        {
            case "resume":
                sender.Receive(1, ResumeOf(Ours, 9), _effects);
                break;
            case "ack":
                sender.Receive(1, AckOf(Ours, 9), _effects);
                break;
            case "receipt":
                sender.Receive(
                    1,
                    new Frame
                    {
                        Receipt = new Receipt { Epoch = Ours, ReadNext = 9 },
                    },
                    _effects
                );
                break;
            default:
                Assert.Equal(MailOutcome.Accepted, sender.ReceiveMail(1, [ResumeOf(0, 0), AckOf(Ours, 9)], _effects));
                break;
        }

        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.Close or SessionEffect.Delivered);
        Assert.Equal((Ours + 1, 1UL), Sent("three"));
    }

    [Fact]
    public void Different_message_with_the_same_sequence_begins_a_new_epoch()
    {
        var (first, copy, receiver) = (Flowing(New(Ours)), Flowing(New(Ours)), Flowing(New(Theirs), Ours));
        Send(first, "two");
        Carry(receiver);
        _effects.Clear();
        Send(copy, "three");
        Carry(receiver);

        copy.Receive(1, new Frame { Ack = Acknowledged() }, _effects);

        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.Delivered);
        Assert.Equal((Ours + 1, 1UL), Sent("three"));
    }

    [Fact]
    public void Acknowledgement_without_a_checksum_is_accepted()
    {
        var sender = Flowing(New(Ours));
        Send(sender, "one");

        sender.Receive(1, AckOf(Ours, 2), _effects);

        Assert.Contains(_effects, effect => effect is SessionEffect.Delivered);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Abandoned_message_may_be_received_before_its_skip(bool isTaken)
    {
        var sender = Flowing(New(Ours));
        var (one, two) = (Send(sender, "one"), Send(sender, "two"));
        Assert.True(sender.GiveUp(one, _effects));
        _effects.Clear();

        var checksum = ItemChecksum.Append(ItemChecksum.Append(ItemChecksum.Start, isTaken ? one : Guid.Empty), two);
        sender.Receive(
            1,
            new Frame
            {
                Ack = new Ack
                {
                    Epoch = Ours,
                    Next = 3,
                    Checksum = checksum,
                },
            },
            _effects
        );

        Assert.Equal("two", Assert.Single(_effects.OfType<SessionEffect.Delivered>()).Message.Text);
        Assert.Equal((Ours, checksum), (sender.Snapshot.Epoch, sender.Snapshot.Checksum));
    }

    [Fact]
    public void Second_new_epoch_within_a_minute_waits()
    {
        var sender = Flowing(New(Ours));
        sender.Receive(1, AckOf(Ours, 9), _effects);
        sender.Tick(Start, _effects);
        sender.Receive(1, AckOf(Ours + 1, 9), _effects);
        Send(sender, "waits");
        sender.Receive(1, AckOf(Ours + 1, 2), _effects);
        Assert.Equal(Ours + 1, sender.Snapshot.Epoch);
        Assert.DoesNotContain(_effects, effect =>
            effect is SessionEffect.Delivered or SessionEffect.Transmit { Frame.BodyCase: Frame.BodyOneofCase.Message }
        );
        Assert.Equal(Start.AddMinutes(1), sender.Deadline);

        sender.Tick(Start.AddMinutes(1), _effects);

        Assert.Equal((Ours + 2, 1UL), Sent("waits"));
    }

    [Fact]
    public void Receiver_that_lost_messages_gets_them_before_queued_ones()
    {
        var (sender, receiver) = (New(Ours), New(Theirs));
        var one = DeliverOne(sender, receiver);
        sender.LinkClosed(1);
        Send(sender, "two");
        _effects.Clear();

        var copy = New(Theirs);
        Link(sender, copy, 2);
        var recall = Assert.Single(_effects.OfType<SessionEffect.Recall>());
        Assert.Equal((default, new Position(Ours, 2)), (recall.Kept, recall.Acknowledged));
        Assert.Equal(new Position(0, 0), copy.Snapshot.TheirKept);
        _effects.Clear();
        sender.Recalled(recall, [one], [], _effects);
        Carry(copy);

        Assert.Equal(["one", "two"], _effects.OfType<SessionEffect.Deliver>().Select(deliver => deliver.Message.Text));
        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.Close);
    }

    [Fact]
    public void Loss_is_recovered_once_if_the_first_answer_is_outdated()
    {
        var (sender, receiver) = (New(Ours), New(Theirs));
        var one = DeliverOne(sender, receiver);
        sender.LinkClosed(1);
        var copy = New(Theirs);
        Link(sender, copy, 2);
        var first = Assert.Single(_effects.OfType<SessionEffect.Recall>());

        // Another message is acknowledged while the store searches.
        Send(sender, "two");
        sender.Receive(2, AckOf(Ours, 3), _effects);
        _effects.Clear();
        sender.Recalled(first, [one], [], _effects);
        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.LossRecovered);
        sender.Tick(Start, _effects);
        sender.Tick(Start.AddMinutes(1), _effects);
        sender.Recalled(Assert.Single(_effects.OfType<SessionEffect.Recall>()), [], [one.Id], _effects);

        Assert.Equal([one.Id], Assert.Single(_effects.OfType<SessionEffect.LossRecovered>()).Omitted);
        // The change of the timer is known before it takes effect.
        Assert.True(
            _effects.FindIndex(effect => effect is SessionEffect.LossRecovered)
                < _effects.FindIndex(effect => effect is SessionEffect.Lost)
        );
    }

    [Fact]
    public void Receiver_that_lost_messages_reports_it_by_mail()
    {
        var (sender, receiver) = (New(Ours), New(Theirs));
        Send(sender, "one");
        _ = receiver.ReceiveMail(1, Compose(sender), _effects);
        _ = sender.ReceiveMail(1, Compose(receiver), _effects);
        Send(sender, "two");

        var copy = New(Theirs);
        _effects.Clear();
        Assert.Equal(MailOutcome.Accepted, copy.ReceiveMail(2, Compose(sender), _effects));
        Assert.Equal(["two"], _effects.OfType<SessionEffect.Deliver>().Select(deliver => deliver.Message.Text));
        Assert.Single(_effects.OfType<SessionEffect.MailReceived>());
        var resume = Compose(copy)[0].Resume;
        Assert.Equal(
            (0UL, 0UL, Ours, 3UL),
            (resume.ReceiveEpoch, resume.ReceiveNext, resume.MissingEpoch, resume.MissingNext)
        );
        _effects.Clear();
        _ = sender.ReceiveMail(2, [new Frame { Resume = resume }], _effects);

        var recall = Assert.Single(_effects.OfType<SessionEffect.Recall>());
        sender.Recalled(recall, [], [Guid.NewGuid()], _effects);
        Assert.Single(_effects.OfType<SessionEffect.Lost>());
        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.Delivered);
        _ = copy.ReceiveMail(3, Compose(sender), _effects);
        _ = sender.ReceiveMail(3, Compose(copy), _effects);
        Assert.Equal("two", Assert.Single(_effects.OfType<SessionEffect.Delivered>()).Message.Text);
    }

    [Fact]
    public void Report_of_missing_messages_is_deposited_once()
    {
        var (sender, copy) = (new RecordedConversation(Acknowledged(2), new ConversationOptions()), New(Theirs));
        Send(sender, "two");
        _ = copy.ReceiveMail(1, Compose(sender), _effects);
        _effects.Clear();
        Assert.True(copy.Compose(100_000, _effects));

        copy.Deposited(_effects.OfType<SessionEffect.Deposit>().Single().Mail, _effects);

        Assert.False(copy.HasMail);
    }

    [Fact]
    public void Mail_from_a_forgotten_epoch_is_received_while_messages_are_missing()
    {
        // The sender deposited mail in an epoch that it has forgotten, relying on messages that this side has lost.
        var (forgotten, sender) = (
            New(Ours + 50),
            new RecordedConversation(Acknowledged(1), new ConversationOptions { Draw = _ => 0 })
        );
        Send(forgotten, "forgotten");
        var mail = Compose(forgotten);
        (mail[0].Resume.AcknowledgedEpoch, mail[0].Resume.AcknowledgedNext) = (Ours - 1, 6);
        var receiver = New(Theirs);
        Link(sender, receiver, 1);
        _effects.Clear();

        Assert.Equal(MailOutcome.Accepted, receiver.ReceiveMail(1, mail, _effects));

        Assert.Equal("forgotten", Assert.Single(_effects.OfType<SessionEffect.Deliver>()).Message.Text);
        Assert.Single(_effects.OfType<SessionEffect.MailReceived>());

        // The conversation continues at once.
        Link(sender, receiver, 2);
        Assert.Null(receiver.Snapshot.TheirKept);
        _effects.Clear();
        Send(sender, "on");
        Carry(receiver);
        sender.Receive(2, new Frame { Ack = Acknowledged() }, _effects);
        Assert.Equal("on", Assert.Single(_effects.OfType<SessionEffect.Delivered>()).Message.Text);
    }

    [Fact]
    public void Receiver_acknowledges_nothing_while_messages_are_missing()
    {
        var (sender, receiver) = (new RecordedConversation(Acknowledged(3), new ConversationOptions()), New(Theirs));
        Link(sender, receiver, 1);
        _effects.Clear();
        Send(sender, "three");
        Carry(receiver);
        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.Deliver or SessionEffect.Acknowledge);

        // The mail may be the only copy left.
        _ = receiver.ReceiveMail(1, Compose(sender), _effects);
        Assert.Equal("three", Assert.Single(_effects.OfType<SessionEffect.Deliver>()).Message.Text);
        Assert.Empty(_effects.OfType<SessionEffect.Acknowledge>());

        // After a restart it reports the missing messages again.
        receiver = new RecordedConversation(receiver.Snapshot, new ConversationOptions());
        _effects.Clear();
        receiver.LinkOpened(2, _effects);
        var resume = Assert.Single(_effects.OfType<SessionEffect.Transmit>()).Frame.Resume;
        Assert.Equal(
            (0UL, 0UL, Ours, 4UL),
            (resume.ReceiveEpoch, resume.ReceiveNext, resume.MissingEpoch, resume.MissingNext)
        );
    }

    [Fact]
    public void Resume_without_missing_messages_ends_the_report()
    {
        var sender = new RecordedConversation(Acknowledged(3), new ConversationOptions());
        sender.LinkOpened(1, _effects);
        sender.Receive(
            1,
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = Theirs,
                    SendBase = 1,
                    MissingEpoch = Ours,
                    MissingNext = 3,
                },
            },
            _effects
        );
        var recall = Assert.Single(_effects.OfType<SessionEffect.Recall>());

        // The receiver is restored to a newer copy before the store answers.
        sender.Receive(1, ResumeOf(Ours, 3), _effects);
        sender.Recalled(recall, [], [Guid.NewGuid()], _effects);

        Assert.Equal(Ours, sender.Snapshot.Epoch);
        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.Lost);
    }

    [Fact]
    public void Message_abandoned_unsent_is_not_delivered_in_a_copy()
    {
        var (sender, receiver) = (New(Ours), New(Theirs));
        Send(sender, "one");
        var copy = new RecordedConversation(sender.Snapshot, new ConversationOptions { Draw = _ => 0 });
        sender.GiveUpAll(_effects);
        Link(sender, receiver, 1);
        Assert.Equal(2UL, receiver.Snapshot.TheirNext);
        _effects.Clear();

        Link(copy, receiver, 2);

        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.Delivered);
        Assert.Equal("one", Assert.Single(_effects.OfType<SessionEffect.Deliver>()).Message.Text);
    }

    [Fact]
    public void Missing_messages_are_reported_once_per_link()
    {
        var receiver = New(Theirs);
        receiver.LinkOpened(1, _effects);
        var resume = new Frame
        {
            Resume = new Resume
            {
                SendEpoch = Ours,
                SendBase = 2,
                AcknowledgedEpoch = Ours,
                AcknowledgedNext = 2,
            },
        };
        _effects.Clear();

        receiver.Receive(1, resume, _effects);
        receiver.Receive(1, resume, _effects);

        Assert.Equal(Ours, Assert.Single(_effects.OfType<SessionEffect.Transmit>()).Frame.Resume.MissingEpoch);
    }

    [Fact]
    public void Lost_messages_found_after_AbandonAll_are_not_sent()
    {
        var sender = new RecordedConversation(
            new ConversationSnapshot(Ours) { Base = 2, Acknowledged = new Position(Ours, 2) },
            new ConversationOptions { Draw = _ => 0 }
        );
        sender.LinkOpened(1, _effects);
        sender.Receive(
            1,
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = Theirs,
                    SendBase = 1,
                    MissingEpoch = Ours,
                    MissingNext = 2,
                },
            },
            _effects
        );
        var recall = Assert.Single(_effects.OfType<SessionEffect.Recall>());

        sender.GiveUpAll(_effects);
        sender.Recalled(recall, [new OutgoingMessage(Guid.NewGuid(), "one", Start)], [], _effects);

        Assert.Empty(sender.Snapshot.Outbox);
    }

    [Fact]
    public void Loss_forgotten_by_an_older_copy_is_reported_again()
    {
        var (sender, receiver) = (New(Ours), New(Theirs));
        var one = DeliverOne(sender, receiver);
        var copyOfSender = sender.Snapshot;

        // The receiver is restored and loses "one", and the sender reports it as lost.
        var copy = New(Theirs);
        _effects.Clear();
        Link(sender, copy, 2);
        sender.Recalled(Assert.Single(_effects.OfType<SessionEffect.Recall>()), [], [one.Id], _effects);
        Carry(copy);
        Assert.True(copy.Snapshot.TheirEpoch > Ours);

        // The sender is restored to an earlier state, and shows "one" as delivered again.
        sender = new RecordedConversation(copyOfSender, new ConversationOptions { Draw = _ => 0 });
        copy = new RecordedConversation(copy.Snapshot, new ConversationOptions());
        _effects.Clear();
        Link(sender, copy, 3);
        sender.Tick(Start, _effects);
        sender.Tick(Start.AddMinutes(1), _effects);

        var recall = Assert.Single(_effects.OfType<SessionEffect.Recall>());
        Assert.Equal((default, new Position(Ours, 2)), (recall.Kept, recall.Acknowledged));
        _effects.Clear();
        sender.Recalled(recall, [one], [], _effects);
        Carry(copy);
        Assert.Equal("one", Assert.Single(_effects.OfType<SessionEffect.Deliver>()).Message.Text);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(Epochs.Highest)]
    [InlineData(Epochs.HighestOwn)]
    [InlineData(Epochs.HighestOwn - 1)]
    public void Epoch_that_is_too_high_blocks_nothing(ulong known)
    {
        var sender = New(Ours);
        sender.LinkOpened(1, _effects);
        for (var minute = 0; minute < 4; minute++)
        {
            sender.Tick(Start.AddMinutes(2 * minute), _effects);
            sender.Tick(Start.AddMinutes((2 * minute) + 1), _effects);
            sender.Receive(1, ResumeOf(known, 3), _effects);
            Assert.InRange(sender.Snapshot.Epoch, 1UL, Epochs.HighestOwn);
        }

        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.Close);

        // A receiver at the highest epoch accepts any other epoch from the sender on a link.
        var receiver = new RecordedConversation(
            new ConversationSnapshot(Theirs)
            {
                TheirEpoch = Math.Clamp(known, Epochs.HighestOwn, Epochs.Highest),
                TheirNext = 3,
            },
            new ConversationOptions()
        );
        receiver.LinkOpened(1, _effects);
        receiver.Receive(
            1,
            new Frame
            {
                Resume = new Resume { SendEpoch = 5, SendBase = 1 },
            },
            _effects
        );
        Assert.Equal((5UL, 1UL), (receiver.Snapshot.TheirEpoch, receiver.Snapshot.TheirNext));
    }

    [Fact]
    public void Receipt_counts_when_the_messages_are_acknowledged()
    {
        var sender = Flowing(New(Ours));
        Send(sender, "one");
        sender.Receive(
            1,
            new Frame
            {
                Receipt = new Receipt { Epoch = Ours, ReadNext = 2 },
            },
            _effects
        );
        Assert.DoesNotContain(_effects, effect =>
            effect is SessionEffect.Delivered or SessionEffect.ReadByThem { Next: > 1 }
        );

        sender.Receive(1, AckOf(Ours, 2), _effects);

        Assert.Equal(new SessionEffect.ReadByThem(Ours, 2), _effects[^1]);
    }

    // The other side has acknowledged all sequences below.
    private static ConversationSnapshot Acknowledged(ulong next) =>
        new(Ours)
        {
            Base = next,
            Checksum = ItemChecksum.Unknown,
            Acknowledged = next > 1 ? new Position(Ours, next) : default,
        };

    private static RecordedConversation New(ulong epoch) => new(epoch, new ConversationOptions { Draw = _ => 0 });

    // Delivers the first message on link 1.
    private OutgoingMessage DeliverOne(RecordedConversation sender, RecordedConversation receiver)
    {
        Link(sender, receiver, 1);
        _effects.Clear();
        var one = new OutgoingMessage(Send(sender, "one"), "one", Start);
        Carry(receiver);
        sender.Receive(1, new Frame { Ack = Acknowledged() }, _effects);
        return one;
    }

    // Opens a link on which both sides have sent a Resume.
    private RecordedConversation Flowing(RecordedConversation side, ulong theirs = Theirs)
    {
        side.LinkOpened(1, _effects);
        side.Receive(
            1,
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = theirs,
                    SendBase = 1,
                    SendChecksum = ItemChecksum.Start,
                },
            },
            _effects
        );
        _effects.Clear();
        return side;
    }

    // Exchanges Resumes and replies until neither side has anything to send.
    private void Link(RecordedConversation one, RecordedConversation other, int link)
    {
        var (toOne, toOther) = (new List<SessionEffect>(), new List<SessionEffect>());
        one.LinkOpened(link, toOther);
        other.LinkOpened(link, toOne);
        for (var (i, j) = (0, 0); i < toOther.Count || j < toOne.Count; )
        {
            if (i < toOther.Count)
            {
                if (toOther[i++] is SessionEffect.Transmit transmit)
                {
                    other.Receive(link, transmit.Frame, toOne);
                }
            }
            else if (toOne[j++] is SessionEffect.Transmit transmit)
            {
                one.Receive(link, transmit.Frame, toOther);
            }
        }

        _effects.AddRange(toOther);
        _effects.AddRange(toOne);
    }

    private Guid Send(RecordedConversation from, string text)
    {
        var id = Guid.CreateVersion7();
        Assert.Equal(SendOutcome.Queued, from.Send(new OutgoingMessage(id, text, Start), _effects));
        return id;
    }

    // Delivers what was transmitted.
    private void Carry(RecordedConversation to)
    {
        foreach (var transmit in _effects.OfType<SessionEffect.Transmit>().ToList())
        {
            to.Receive(transmit.Link, transmit.Frame, _effects);
        }
    }

    private Ack Acknowledged() => _effects.OfType<SessionEffect.Acknowledge>().Last().Ack;

    private static IReadOnlyList<Frame> Compose(RecordedConversation from)
    {
        var effects = new List<SessionEffect>();
        Assert.True(from.Compose(100_000, effects));
        return Assert.IsType<SessionEffect.Deposit>(Assert.Single(effects)).Mail.Frames;
    }

    private (ulong Epoch, ulong Sequence) Sent(string text)
    {
        var message = _effects
            .OfType<SessionEffect.Transmit>()
            .Select(transmit => transmit.Frame.Message)
            .Last(message => message?.Text == text)!;
        return (message.Epoch, message.Sequence);
    }

    private static Frame ResumeOf(ulong receiveEpoch, ulong receiveNext) =>
        new()
        {
            Resume = new Resume
            {
                SendEpoch = Theirs,
                SendBase = 1,
                ReceiveEpoch = receiveEpoch,
                ReceiveNext = receiveNext,
            },
        };

    private static Frame AckOf(ulong epoch, ulong next) =>
        new()
        {
            Ack = new Ack { Epoch = epoch, Next = next },
        };
}
