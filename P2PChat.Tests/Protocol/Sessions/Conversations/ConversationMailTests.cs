using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>Messages by mail.</summary>
public class ConversationMailTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private readonly List<SessionEffect> _effects = [];
    private readonly RecordedConversation _alice = new(100, new ConversationOptions());
    private readonly RecordedConversation _bob = new(200, new ConversationOptions());

    [Fact]
    public void Deposited_messages_stay_queued_until_acknowledged()
    {
        Send("one", "two");
        var mail = Compose(_alice);
        _alice.Deposited(mail, _effects);
        Assert.Equal(2, _alice.Unacknowledged);
        Assert.False(_alice.HasMail);
        Assert.Equal(["one", "two"], _effects.OfType<SessionEffect.Sent>().Select(sent => sent.Message.Text));

        Assert.Equal(["one", "two"], Receive(_bob, 7, mail));
        Assert.IsType<SessionEffect.MailReceived>(_effects[^1]);
        Assert.Empty(Receive(_bob, 7, mail));

        _ = Receive(_alice, 1, Compose(_bob));
        Assert.Equal(0, _alice.Unacknowledged);
        Assert.Equal(2, _effects.OfType<SessionEffect.Delivered>().Count());
    }

    [Fact]
    public void Mail_is_stored_before_its_copy_may_be_deleted()
    {
        Send("one");
        _ = Receive(_bob, 7, Compose(_alice));

        var order = _effects.Select(effect =>
            effect is SessionEffect.Store store ? store.Change.GetType().Name : effect.GetType().Name
        );
        Assert.Equal(["AckOwed", "Received", "Received", "Deliver", "MailReceived"], order);
        Assert.True(_bob.Snapshot.AckOwed);
        Assert.True(_bob.HasMail);
    }

    [Fact]
    public void Ack_of_mail_lost_with_a_link_is_still_owed()
    {
        Send("one");
        var mail = Compose(_alice);
        _alice.Deposited(mail, _effects);
        _ = Receive(_bob, 7, mail);

        // The acknowledgement is sent on the link and lost with it.
        _bob.LinkOpened(1, _effects);
        _effects.Clear();
        _bob.Receive(1, ResumeOf(_alice), _effects);
        Assert.Contains(_effects, effect => effect is SessionEffect.Acknowledge);
        _bob.LinkClosed(1);
        Assert.True(_bob.HasMail);

        _ = Receive(_alice, 1, Compose(_bob));
        _bob.LinkOpened(2, _effects);
        _bob.Receive(2, ResumeOf(_alice), _effects);
        _bob.LinkClosed(2);
        Assert.False(_bob.HasMail);
        Assert.False(_bob.Snapshot.AckOwed);
    }

    [Fact]
    public void Ack_by_mail_is_not_acknowledged()
    {
        Send("one");
        var mail = Compose(_alice);
        _alice.Deposited(mail, _effects);
        _ = Receive(_bob, 7, mail);
        var ack = Compose(_bob);
        _bob.Deposited(ack, _effects);
        Assert.False(_bob.HasMail);

        _ = Receive(_alice, 1, ack);
        Assert.False(_alice.HasMail);
    }

    [Fact]
    public void Duplicate_mail_is_acknowledged_again()
    {
        Send("one");
        var mail = Compose(_alice);
        _ = Receive(_bob, 7, mail);
        _bob.Deposited(Compose(_bob), _effects);

        Assert.Empty(Receive(_bob, 8, mail));
        Assert.True(_bob.HasMail);
    }

    [Fact]
    public void Ack_of_mail_is_owed_until_the_senders_base_covers_it()
    {
        Send("one");
        var mail = Compose(_alice);
        _alice.Deposited(mail, _effects);
        _bob.LinkOpened(1, _effects);
        _bob.Receive(1, mail.Frames[0], _effects);
        _ = Receive(_bob, 7, mail);
        Assert.Single(_effects.OfType<SessionEffect.Acknowledge>());
        _bob.LinkClosed(1);
        Assert.True(_bob.HasMail);

        _bob.LinkOpened(2, _effects);
        _bob.Receive(2, mail.Frames[0], _effects);
        Assert.True(_bob.HasMail);
        _bob.Receive(
            2,
            new Frame
            {
                Resume = new Resume { SendEpoch = 100, SendBase = 2 },
            },
            _effects
        );
        Assert.False(_bob.HasMail);
    }

    [Fact]
    public void Mail_behind_a_gap_stays_in_the_mailbox_until_the_gap_closes()
    {
        Send("one");
        var first = Compose(_alice);
        _alice.Deposited(first, _effects);
        Send("two");
        var second = Compose(_alice);

        Assert.Empty(Receive(_bob, 2, second));
        Assert.Empty(_effects.OfType<SessionEffect.MailReceived>());

        _bob.LinkOpened(1, _effects);
        foreach (var frame in first.Frames)
        {
            _bob.Receive(1, frame, _effects);
        }

        Assert.Equal(["one", "two"], Texts());
        Assert.Equal(2, Assert.Single(_effects.OfType<SessionEffect.MailReceived>()).Mail);
    }

    [Fact]
    public void Mail_beyond_the_window_is_too_early()
    {
        Send([.. Enumerable.Range(0, ConversationOptions.WindowMessages + 1).Select(i => $"{i}")]);
        var all = Compose(_alice, int.MaxValue);
        var last = all with { Frames = [all.Frames[0], all.Frames[^1]] };

        Assert.Equal(MailOutcome.TooEarly, _bob.ReceiveMail(1, last.Frames, _effects));
        Assert.Equal(ConversationOptions.WindowMessages + 1, Receive(_bob, 2, all).Count);
    }

    [Fact]
    public void Compose_stops_at_the_limit_but_includes_one_message()
    {
        var text = new string('a', ConversationOptions.MaxTextBytes);
        Send(text, text, "short");

        var mail = Compose(_alice, 1000);
        Assert.Equal((1UL, 2UL), (mail.From, mail.To));
        _alice.Deposited(mail, _effects);
        Assert.Equal((2UL, 3UL), (Compose(_alice, 1000).From, Compose(_alice, 1000).To));
    }

    [Fact]
    public void Message_abandoned_while_being_deposited_is_followed_by_its_skip()
    {
        var id = Send("one", "two")[0];
        var mail = Compose(_alice);
        _ = _alice.GiveUp(id, _effects);
        _alice.Deposited(mail, _effects);

        Assert.Equal(Frame.BodyOneofCase.Skip, Compose(_alice).Frames[1].BodyCase);
    }

    [Fact]
    public void Lost_mail_is_deposited_again_and_delivered_once()
    {
        Send("one");
        var first = Compose(_alice);
        _alice.Deposited(first, _effects);
        _ = Receive(_bob, 7, first);
        Send("two");
        var second = Compose(_alice);

        _alice.MailboxesLost(_effects);
        // This envelope may have been deposited before the loss.
        _alice.Deposited(second, _effects);

        Assert.IsType<Change.DepositsLost>(_effects.OfType<SessionEffect.Store>().Last().Change);
        Assert.True(_alice.HasMail);
        Assert.Equal(["two"], Receive(_bob, 8, Compose(_alice)));
        _ = Receive(_alice, 1, Compose(_bob));
        Assert.Equal(0, _alice.Unacknowledged);
    }

    [Fact]
    public void Lost_mailboxes_change_nothing_without_deposits()
    {
        Send("one");
        _effects.Clear();

        _alice.MailboxesLost(_effects);

        Assert.Empty(_effects);
    }

    [Theory]
    [InlineData(Frame.BodyOneofCase.None)]
    [InlineData(Frame.BodyOneofCase.Hello)]
    [InlineData(Frame.BodyOneofCase.Typing)]
    [InlineData(Frame.BodyOneofCase.Resume)]
    public void Mail_with_a_wrong_frame_is_bad(Frame.BodyOneofCase kind)
    {
        var wrong = kind switch
        {
            Frame.BodyOneofCase.Hello => new Frame { Hello = new Hello() },
            Frame.BodyOneofCase.Typing => new Frame { Typing = new Typing() },
            Frame.BodyOneofCase.Resume => new Frame { Resume = new Resume() },
            _ => new Frame(),
        };
        Send("one");
        var good = Compose(_alice).Frames;

        Assert.Equal(MailOutcome.Bad, _bob.ReceiveMail(1, [], _effects));
        Assert.Equal(MailOutcome.Bad, _bob.ReceiveMail(1, [wrong, .. good], _effects));
        if (kind != Frame.BodyOneofCase.None)
        {
            Assert.Equal(MailOutcome.Bad, _bob.ReceiveMail(1, [good[0], wrong], _effects));
        }

        Assert.Empty(Texts());
    }

    [Fact]
    public void Unfetched_mail_expires_after_14_days_and_leaves_no_gap()
    {
        var expired = Send("one")[0];
        _alice.Expire(new TimeReading(Start, TimeSpan.FromDays(14) - TimeSpan.FromMilliseconds(1)), _effects);
        Assert.Equal(1, _alice.Unacknowledged);

        _alice.Expire(new TimeReading(Start, TimeSpan.FromDays(14)), _effects);
        var given = Assert.Single(_effects.OfType<SessionEffect.Abandoned>());
        Assert.Equal((expired, AbandonReason.Expired), (given.Message.Id, given.Reason));
        Assert.Equal(0, _alice.Unacknowledged);
        Send("two");
        Assert.Equal(["two"], Receive(_bob, 1, Compose(_alice)));
    }

    [Fact]
    public void Message_that_expires_on_an_open_link_leaves_a_skip()
    {
        Connect();
        Send("one");
        _effects.Clear();

        _alice.Expire(new TimeReading(Start, TimeSpan.FromDays(15)), _effects);

        var frame = Assert.Single(_effects.OfType<SessionEffect.Transmit>()).Frame;
        Assert.Equal(new Skip { Epoch = 100, Sequence = 1 }, frame.Skip);
    }

    [Fact]
    public void Receipt_is_sent_once_per_link()
    {
        Connect();
        Send("one");
        Cross();
        _alice.Receive(
            1,
            new Frame
            {
                Ack = new Ack { Epoch = 100, Next = 2 },
            },
            _effects
        );
        Assert.True(_bob.MarkRead(100, 2, _effects));
        Assert.False(_bob.MarkRead(100, 2, _effects));
        Cross();
        Assert.Equal(2UL, Assert.Single(_effects.OfType<SessionEffect.ReadByThem>()).Next);
        Assert.Equal(2UL, _alice.Snapshot.ReadByThem);

        _alice.LinkClosed(1);
        _bob.LinkClosed(1);
        _effects.Clear();
        Connect(2);
        Assert.Contains(_effects.OfType<SessionEffect.Transmit>(), transmit => transmit.Frame.Receipt?.ReadNext == 2);
        Assert.Empty(_effects.OfType<SessionEffect.ReadByThem>());
    }

    [Fact]
    public void Receipt_for_an_earlier_epoch_is_not_owed()
    {
        Send("one");
        _ = Receive(_bob, 1, Compose(_alice));
        Assert.True(_bob.MarkRead(100, 2, _effects));

        var restored = new RecordedConversation(101, new ConversationOptions());
        _ = restored.Send(new OutgoingMessage(Guid.CreateVersion7(), "after the restore", Start), _effects);
        _ = Receive(_bob, 2, Compose(restored));
        Assert.True(_bob.HasMail);

        // Otherwise the same empty envelope would be deposited forever.
        _bob.Deposited(Compose(_bob), _effects);
        Assert.False(_bob.HasMail);
    }

    [Fact]
    public void Disabled_receipts_are_not_sent()
    {
        var discreet = new RecordedConversation(300, new ConversationOptions { ReadReceipts = false });
        Send("one");
        var mail = Compose(_alice);
        Assert.Equal(MailOutcome.Accepted, discreet.ReceiveMail(1, mail.Frames, _effects));

        Assert.True(discreet.MarkRead(100, 2, _effects));
        Assert.DoesNotContain(Compose(discreet).Frames, frame => frame.BodyCase == Frame.BodyOneofCase.Receipt);
    }

    [Fact]
    public void Typing_and_presence_are_reported_on_change_and_not_stored()
    {
        Connect();
        _effects.Clear();
        foreach (var active in new[] { true, true, false })
        {
            _alice.Receive(1, new Frame { Typing = new Typing { Active = active } }, _effects);
        }

        foreach (
            var state in new[]
            {
                PresenceState.Away,
                PresenceState.Away,
                PresenceState.Unspecified,
                PresenceState.Active,
            }
        )
        {
            _alice.Receive(1, new Frame { Presence = new Presence { State = state } }, _effects);
        }

        Assert.Equal(
            [
                new SessionEffect.Typing(true),
                new SessionEffect.Typing(false),
                new SessionEffect.Presence(PresenceState.Away),
                new SessionEffect.Presence(PresenceState.Active),
            ],
            _effects
        );
    }

    [Fact]
    public void New_epoch_of_an_older_copy_has_no_duplicates()
    {
        Send("one");
        _ = Receive(_bob, 1, Compose(_alice));

        var copy = new RecordedConversation(100, new ConversationOptions());
        copy.BeginEpoch(101, _effects);
        _ = copy.Send(new OutgoingMessage(Guid.CreateVersion7(), "after the restore", Start), _effects);

        Assert.Equal(["after the restore"], Receive(_bob, 2, Compose(copy)));
    }

    private List<Guid> Send(params string[] texts)
    {
        var ids = new List<Guid>();
        foreach (var text in texts)
        {
            var message = new OutgoingMessage(Guid.CreateVersion7(), text, Start);
            Assert.Equal(SendOutcome.Queued, _alice.Send(message, _effects));
            ids.Add(message.Id);
        }

        return ids;
    }

    private static ConversationMail Compose(RecordedConversation from, int maxBytes = 100_000)
    {
        var effects = new List<SessionEffect>();
        Assert.True(from.Compose(maxBytes, effects));
        return Assert.IsType<SessionEffect.Deposit>(Assert.Single(effects)).Mail;
    }

    private List<string> Receive(RecordedConversation to, long number, ConversationMail mail)
    {
        _effects.Clear();
        Assert.Equal(MailOutcome.Accepted, to.ReceiveMail(number, mail.Frames, _effects));
        return Texts();
    }

    private List<string> Texts() =>
        [.. _effects.OfType<SessionEffect.Deliver>().Select(deliver => deliver.Message.Text)];

    private void Connect(int link = 1)
    {
        _alice.LinkOpened(link, _effects);
        _bob.LinkOpened(link, _effects);
        _alice.Receive(link, Resume(_bob), _effects);
        _bob.Receive(link, Resume(_alice), _effects);
    }

    // Delivers what both sides have transmitted so far.
    private void Cross()
    {
        var written = _effects.ToList();
        _effects.Clear();
        foreach (
            var transmit in written
                .OfType<SessionEffect.Transmit>()
                .Where(transmit => transmit.Frame.BodyCase != Frame.BodyOneofCase.Resume)
        )
        {
            (transmit.Frame.BodyCase == Frame.BodyOneofCase.Message ? _bob : _alice).Receive(
                transmit.Link,
                transmit.Frame,
                _effects
            );
        }
    }

    private static Frame ResumeOf(RecordedConversation side)
    {
        var effects = new List<SessionEffect>();
        side.Resume(9, effects);
        return effects.OfType<SessionEffect.Transmit>().Single().Frame;
    }

    private static Frame Resume(RecordedConversation from)
    {
        var effects = new List<SessionEffect>();
        from.Resume(1, effects);
        return Assert.IsType<SessionEffect.Transmit>(effects[0]).Frame;
    }
}
