using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>The way by the mailbox, and what a crash leaves.</summary>
public class ConversationMailTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private readonly List<SessionEffect> _effects = [];
    private readonly RecordedConversation _alice = new(100, new ConversationOptions());
    private readonly RecordedConversation _bob = new(200, new ConversationOptions());

    [Fact]
    public void What_is_deposited_is_taken_once_and_leaves_the_outbox_by_its_acknowledgement_alone()
    {
        Send("one", "two");
        var mail = Compose(_alice);
        _alice.Deposited(mail, _effects);
        Assert.Equal(2, _alice.Unacknowledged);
        Assert.False(_alice.HasMail);
        Assert.Equal(["one", "two"], _effects.OfType<SessionEffect.Sent>().Select(sent => sent.Message.Text));

        Assert.Equal(["one", "two"], Receive(_bob, 7, mail));
        Assert.IsType<SessionEffect.MailTaken>(_effects[^1]);
        Assert.Empty(Receive(_bob, 7, mail));

        _ = Receive(_alice, 1, Compose(_bob));
        Assert.Equal(0, _alice.Unacknowledged);
        Assert.Equal(2, _effects.OfType<SessionEffect.Delivered>().Count());
    }

    [Fact]
    public void What_is_taken_and_that_it_is_owed_an_acknowledgement_is_stored_before_the_copy_may_go()
    {
        Send("one");
        _ = Receive(_bob, 7, Compose(_alice));

        var order = _effects.Select(effect =>
            effect is SessionEffect.Store store ? store.Change.GetType().Name : effect.GetType().Name
        );
        Assert.Equal(["AckOwed", "Took", "Took", "Deliver", "MailTaken"], order);
        Assert.True(_bob.Snapshot.AckOwed);
        Assert.True(_bob.HasMail);
    }

    [Fact]
    public void An_acknowledgement_of_mail_that_a_link_carried_is_owed_until_the_other_side_shows_that_it_knows()
    {
        Send("one");
        var mail = Compose(_alice);
        _alice.Deposited(mail, _effects);
        _ = Receive(_bob, 7, mail);

        // It is said on the link, and lost with it.
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
    public void An_acknowledgement_alone_asks_for_no_other()
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
    public void A_duplicate_is_acknowledged_again_for_the_first_acknowledgement_may_be_lost()
    {
        Send("one");
        var mail = Compose(_alice);
        _ = Receive(_bob, 7, mail);
        _bob.Deposited(Compose(_bob), _effects);

        Assert.Empty(Receive(_bob, 8, mail));
        Assert.True(_bob.HasMail);
    }

    [Fact]
    public void An_acknowledgement_is_owed_until_the_sender_shows_that_it_knows_for_a_link_may_be_cut_before_it_comes()
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
    public void Mail_behind_a_gap_stays_in_the_mailbox_until_the_gap_closes_whatever_way()
    {
        Send("one");
        var first = Compose(_alice);
        _alice.Deposited(first, _effects);
        Send("two");
        var second = Compose(_alice);

        Assert.Empty(Receive(_bob, 2, second));
        Assert.Empty(_effects.OfType<SessionEffect.MailTaken>());

        _bob.LinkOpened(1, _effects);
        foreach (var frame in first.Frames)
        {
            _bob.Receive(1, frame, _effects);
        }

        Assert.Equal(["one", "two"], Texts());
        Assert.Equal(2, Assert.Single(_effects.OfType<SessionEffect.MailTaken>()).Mail);
    }

    [Fact]
    public void Mail_too_far_ahead_is_to_be_brought_again()
    {
        Send([.. Enumerable.Range(0, ConversationOptions.WindowMessages + 1).Select(i => $"{i}")]);
        var all = Compose(_alice, int.MaxValue);
        var last = all with { Frames = [all.Frames[0], all.Frames[^1]] };

        Assert.Equal(MailOutcome.TooEarly, _bob.ReceiveMail(1, last.Frames, _effects));
        Assert.Equal(ConversationOptions.WindowMessages + 1, Receive(_bob, 2, all).Count);
    }

    [Fact]
    public void An_envelope_has_no_more_than_fits_but_one_message_however_long()
    {
        var text = new string('a', ConversationOptions.MaxTextBytes);
        Send(text, text, "short");

        var mail = Compose(_alice, 1000);
        Assert.Equal((1UL, 2UL), (mail.From, mail.To));
        _alice.Deposited(mail, _effects);
        Assert.Equal((2UL, 3UL), (Compose(_alice, 1000).From, Compose(_alice, 1000).To));
    }

    [Fact]
    public void A_message_given_up_while_it_is_deposited_is_followed_by_its_skip()
    {
        var id = Send("one", "two")[0];
        var mail = Compose(_alice);
        _ = _alice.GiveUp(id, _effects);
        _alice.Deposited(mail, _effects);

        Assert.Equal(Frame.BodyOneofCase.Skip, Compose(_alice).Frames[1].BodyCase);
    }

    [Fact]
    public void What_lay_in_a_mailbox_that_was_lost_is_left_again_and_taken_once()
    {
        Send("one");
        var first = Compose(_alice);
        _alice.Deposited(first, _effects);
        _ = Receive(_bob, 7, first);
        Send("two");
        var second = Compose(_alice);

        _alice.MailboxesLost(_effects);
        // That one was on its way, and may have been there before the loss.
        _alice.Deposited(second, _effects);

        Assert.IsType<Change.DepositsLost>(_effects.OfType<SessionEffect.Store>().Last().Change);
        Assert.True(_alice.HasMail);
        Assert.Equal(["two"], Receive(_bob, 8, Compose(_alice)));
        _ = Receive(_alice, 1, Compose(_bob));
        Assert.Equal(0, _alice.Unacknowledged);
    }

    [Fact]
    public void A_loss_of_the_mailboxes_is_nothing_to_one_who_has_left_nothing()
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
    public void Mail_without_its_head_or_with_what_belongs_on_a_link_is_of_no_use(Frame.BodyOneofCase kind)
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
    public void What_nobody_fetches_within_fourteen_days_expires_and_stands_in_nobodys_way()
    {
        var expired = Send("one")[0];
        _alice.Expire(new TimeReading(Start, TimeSpan.FromDays(14) - TimeSpan.FromMilliseconds(1)), _effects);
        Assert.Equal(1, _alice.Unacknowledged);

        _alice.Expire(new TimeReading(Start, TimeSpan.FromDays(14)), _effects);
        var given = Assert.Single(_effects.OfType<SessionEffect.GivenUp>());
        Assert.Equal((expired, GiveUpReason.Expired), (given.Message.Id, given.Reason));
        Assert.Equal(0, _alice.Unacknowledged);
        Send("two");
        Assert.Equal(["two"], Receive(_bob, 1, Compose(_alice)));
    }

    [Fact]
    public void What_expires_while_a_link_is_open_leaves_a_skip()
    {
        Connect();
        Send("one");
        _effects.Clear();

        _alice.Expire(new TimeReading(Start, TimeSpan.FromDays(15)), _effects);

        var frame = Assert.Single(_effects.OfType<SessionEffect.Transmit>()).Frame;
        Assert.Equal(new Skip { Epoch = 100, Sequence = 1 }, frame.Skip);
    }

    [Fact]
    public void What_is_read_is_told_once_and_again_on_the_next_link()
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
    public void That_something_was_read_of_an_epoch_that_is_over_is_owed_to_nobody()
    {
        Send("one");
        _ = Receive(_bob, 1, Compose(_alice));
        Assert.True(_bob.MarkRead(100, 2, _effects));

        var restored = new RecordedConversation(101, new ConversationOptions());
        _ = restored.Send(new OutgoingMessage(Guid.CreateVersion7(), "after the restore", Start), _effects);
        _ = Receive(_bob, 2, Compose(restored));
        Assert.True(_bob.HasMail);

        // Or the same empty envelope would be left again and again.
        _bob.Deposited(Compose(_bob), _effects);
        Assert.False(_bob.HasMail);
    }

    [Fact]
    public void Who_keeps_what_it_reads_to_itself_tells_nothing()
    {
        var discreet = new RecordedConversation(300, new ConversationOptions { ReadReceipts = false });
        Send("one");
        var mail = Compose(_alice);
        Assert.Equal(MailOutcome.Accepted, discreet.ReceiveMail(1, mail.Frames, _effects));

        Assert.True(discreet.MarkRead(100, 2, _effects));
        Assert.DoesNotContain(Compose(discreet).Frames, frame => frame.BodyCase == Frame.BodyOneofCase.Receipt);
    }

    [Fact]
    public void Typing_and_presence_are_told_when_they_change_and_never_stored()
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
    public void An_older_copy_of_a_side_begins_an_epoch_in_which_nothing_is_taken_for_a_duplicate()
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

    // What both have written so far arrives at the other.
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
