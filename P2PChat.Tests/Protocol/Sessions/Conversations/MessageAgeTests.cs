using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>The clocks by which messages expire, and acknowledgements that arrive afterwards.</summary>
public sealed class MessageAgeTests
{
    private static readonly TimeSpan Expiry = new ConversationOptions().Expiry;
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Year2020 = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly RecordedConversation _alice = new(100, new ConversationOptions { Draw = _ => 0 });
    private readonly RecordedConversation _bob = new(200, new ConversationOptions { Draw = _ => 0 });
    private readonly List<SessionEffect> _effects = [];

    [Fact]
    public void Clock_jump_from_2020_to_now_expires_nothing()
    {
        Send(new TimeReading(Year2020, TimeSpan.FromSeconds(5), Now));

        _alice.Expire(new TimeReading(Now.AddSeconds(10), TimeSpan.FromSeconds(15), Now.AddSeconds(10)), _effects);

        Assert.Empty(Abandoned());
    }

    [Fact]
    public void Clock_jump_20_days_ahead_expires_nothing()
    {
        Send(new TimeReading(Now, TimeSpan.Zero, Now));

        _alice.Expire(new TimeReading(Now.AddDays(20), TimeSpan.FromSeconds(6), Now.AddSeconds(6)), _effects);

        Assert.Empty(Abandoned());
    }

    [Fact]
    public void Directory_clock_jump_20_days_ahead_expires_nothing()
    {
        Send(new TimeReading(Now, TimeSpan.Zero, Now));

        _alice.Expire(new TimeReading(Now.AddSeconds(6), TimeSpan.FromSeconds(6), Now.AddDays(20)), _effects);

        Assert.Empty(Abandoned());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Without_a_directory_reading_only_running_time_counts(bool then, bool now)
    {
        var ran = TimeSpan.FromDays(3);
        Send(new TimeReading(Now, ran, then ? Now : null));

        _alice.Expire(
            new TimeReading(Now.AddDays(400), ran + Expiry - TimeSpan.FromSeconds(1), now ? Now.AddDays(400) : null),
            _effects
        );
        Assert.Empty(Abandoned());

        _alice.Expire(new TimeReading(Now.AddDays(-400), ran + Expiry, now ? Now.AddDays(-400) : null), _effects);
        Assert.Single(Abandoned());
    }

    [Fact]
    public void Message_expired_by_both_clocks_is_abandoned()
    {
        Send(new TimeReading(Now, TimeSpan.Zero, Now));

        _alice.Expire(new TimeReading(Now + Expiry, TimeSpan.FromSeconds(1), Now + Expiry), _effects);

        Assert.Equal(AbandonReason.Expired, Assert.Single(Abandoned()).Reason);
    }

    [Fact]
    public void Deposited_message_that_expires_is_unconfirmed()
    {
        Send(new TimeReading(Now));
        Deposit();

        _alice.Expire(new TimeReading(Now, Expiry), _effects);

        Assert.Equal(AbandonReason.Unconfirmed, Assert.Single(Abandoned()).Reason);
        Assert.False(_alice.HasMail);
        Assert.Equal(0, _alice.Unacknowledged);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Acknowledgement_after_abandonment_wins(bool restarted)
    {
        var id = Send(new TimeReading(Now));
        var mail = Deposit();
        _alice.Expire(new TimeReading(Now, Expiry), _effects);
        _effects.Clear();
        Assert.Equal(MailOutcome.Accepted, _bob.ReceiveMail(1, mail.Frames, []));

        var alice = restarted ? new RecordedConversation(_alice.Snapshot, new ConversationOptions()) : _alice;
        alice.LinkOpened(1, _effects);
        alice.Receive(1, ResumeOf(_bob), _effects);

        Assert.Equal(id, Assert.Single(_effects.OfType<SessionEffect.DeliveredLate>()).Id);
        Assert.Equal(
            [id],
            Assert
                .Single(
                    _effects.OfType<SessionEffect.Store>().Select(store => store.Change).OfType<Change.Acknowledged>()
                )
                .Late
        );
        Assert.DoesNotContain(_effects, effect =>
            effect is SessionEffect.Transmit { Frame.BodyCase: Frame.BodyOneofCase.Skip }
        );
        Assert.Empty(alice.Snapshot.Outbox);
    }

    [Fact]
    public void Acknowledgement_of_a_skip_delivers_nothing()
    {
        Send(new TimeReading(Now));
        _ = Deposit();
        _alice.Expire(new TimeReading(Now, Expiry), _effects);
        _effects.Clear();

        _alice.LinkOpened(1, _effects);
        _alice.Receive(
            1,
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = 200,
                    SendBase = 1,
                    ReceiveEpoch = 100,
                    ReceiveNext = 1,
                },
            },
            _effects
        );
        var stored = _effects.FindIndex(effect => effect is SessionEffect.Store { Change: Change.SkipSent });
        var sent = _effects.FindIndex(effect =>
            effect is SessionEffect.Transmit { Frame.BodyCase: Frame.BodyOneofCase.Skip }
        );
        _alice.Receive(
            1,
            new Frame
            {
                Ack = new Ack { Epoch = 100, Next = 2 },
            },
            _effects
        );

        // Stored first, or after a crash the Skip's acknowledgement would count for the message.
        Assert.InRange(stored, 0, sent - 1);
        Assert.DoesNotContain(_effects, effect => effect is SessionEffect.DeliveredLate);
        Assert.Empty(_alice.Snapshot.Outbox);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Older_copy_tells_a_received_Skip_from_its_message(bool isSkip)
    {
        var id = Send(new TimeReading(Now));
        _ = Deposit();
        _alice.Expire(new TimeReading(Now, Expiry), _effects);
        _effects.Clear();
        // This copy does not know that the Skip was sent.
        var copy = new RecordedConversation(_alice.Snapshot, new ConversationOptions());

        copy.LinkOpened(1, _effects);
        copy.Receive(
            1,
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = 200,
                    SendBase = 1,
                    ReceiveEpoch = 100,
                    ReceiveNext = 2,
                    ReceiveChecksum = ItemChecksum.Append(ItemChecksum.Start, isSkip ? Guid.Empty : id),
                },
            },
            _effects
        );

        Assert.Equal(isSkip ? 0 : 1, _effects.Count(effect => effect is SessionEffect.DeliveredLate));
        Assert.Empty(copy.Snapshot.Outbox);
    }

    [Fact]
    public void Skip_of_an_unconfirmed_message_goes_by_mail_with_the_next_one()
    {
        Send(new TimeReading(Now));
        _ = Deposit();
        _alice.Expire(new TimeReading(Now, Expiry), _effects);
        Send(new TimeReading(Now, Expiry));
        _effects.Clear();

        var mail = Deposit();

        Assert.Equal(
            [Frame.BodyOneofCase.Resume, Frame.BodyOneofCase.Skip, Frame.BodyOneofCase.Message],
            mail.Frames.Select(frame => frame.BodyCase)
        );
        Assert.InRange(
            _effects.FindIndex(effect => effect is SessionEffect.Store { Change: Change.SkipSent }),
            0,
            _effects.FindIndex(effect => effect is SessionEffect.Deposit) - 1
        );
    }

    private IEnumerable<SessionEffect.Abandoned> Abandoned() => _effects.OfType<SessionEffect.Abandoned>();

    private Guid Send(TimeReading at)
    {
        var message = new OutgoingMessage(Guid.CreateVersion7(), "text", at.Own)
        {
            QueuedAtRan = at.Ran,
            QueuedAtDirectory = at.Directory,
        };
        Assert.Equal(SendOutcome.Queued, _alice.Send(message, _effects));
        return message.Id;
    }

    private ConversationMail Deposit()
    {
        Assert.True(_alice.Compose(10_000, _effects));
        var mail = _effects.OfType<SessionEffect.Deposit>().Last().Mail;
        _alice.Deposited(mail, _effects);
        return mail;
    }

    private static Frame ResumeOf(RecordedConversation conversation)
    {
        var effects = new List<SessionEffect>();
        conversation.LinkOpened(1, effects);
        return effects
            .OfType<SessionEffect.Transmit>()
            .Select(transmit => transmit.Frame)
            .First(frame => frame.BodyCase == Frame.BodyOneofCase.Resume);
    }
}
