using Google.Protobuf;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

public class ConversationTests
{
    private const ulong Ours = 100;
    private const ulong Theirs = 200;
    private readonly List<SessionEffect> _effects = [];

    [Fact]
    public void Link_opens_with_a_resume()
    {
        var conversation = New();

        conversation.LinkOpened(1, _effects);

        Assert.Equal(
            [
                Transmit(
                    1,
                    new Frame
                    {
                        Resume = new Resume
                        {
                            SendEpoch = Ours,
                            SendBase = 1,
                            SendChecksum = ItemChecksum.Start,
                        },
                    }
                ),
            ],
            _effects
        );
    }

    [Fact]
    public void Message_waits_for_the_other_sides_resume()
    {
        var conversation = New();
        conversation.LinkOpened(1, _effects);
        _effects.Clear();

        Assert.Equal(SendOutcome.Queued, conversation.Send(Outgoing("one"), _effects));
        Assert.Empty(Transmitted(_effects));

        conversation.Receive(1, ResumeOf(), _effects);
        Assert.Equal(["one"], Texts(_effects, link: 1));
    }

    [Fact]
    public void Message_before_the_resume_is_a_violation()
    {
        var conversation = New();
        conversation.LinkOpened(1, _effects);

        conversation.Receive(1, Incoming(1, "early"), _effects);

        Assert.Contains(new SessionEffect.Close(1, CloseReason.ProtocolViolation), _effects);
        Assert.Empty(Delivered(_effects));
    }

    [Fact]
    public void Only_unacknowledged_messages_are_sent_again_on_the_next_link()
    {
        var conversation = Flowing();
        foreach (var text in new[] { "one", "two", "three" })
        {
            _ = conversation.Send(Outgoing(text), _effects);
        }

        conversation.Receive(1, AckOf(2), _effects);
        conversation.LinkClosed(1);
        _effects.Clear();

        conversation.LinkOpened(2, _effects);
        conversation.Receive(2, ResumeOf(receiveEpoch: Ours, receiveNext: 3), _effects);

        Assert.Equal(["three"], Texts(_effects, link: 2));
        Assert.Equal(2UL, _effects.OfType<SessionEffect.Transmit>().First().Frame.Resume.SendBase);
        Assert.Equal("two", Assert.Single(_effects.OfType<SessionEffect.Delivered>()).Message.Text);
    }

    [Fact]
    public void Duplicate_is_dropped_and_acknowledged_again()
    {
        var conversation = Flowing();

        conversation.Receive(1, Incoming(1, "one"), _effects);
        conversation.Receive(1, Incoming(1, "one"), _effects);

        Assert.Equal(["one"], Delivered(_effects));
        Assert.Equal([2UL, 2UL], _effects.OfType<SessionEffect.Acknowledge>().Select(ack => ack.Ack.Next));
    }

    [Fact]
    public void Messages_behind_a_gap_are_held_until_it_closes()
    {
        var conversation = Flowing();

        conversation.Receive(1, Incoming(3, "three"), _effects);
        conversation.Receive(1, Incoming(2, "two"), _effects);
        Assert.Empty(Delivered(_effects));

        conversation.Receive(1, Incoming(1, "one"), _effects);
        Assert.Equal(["one", "two", "three"], Delivered(_effects));
    }

    [Fact]
    public void Skip_closes_a_gap()
    {
        var conversation = Flowing();
        conversation.Receive(1, Incoming(2, "two"), _effects);

        conversation.Receive(
            1,
            new Frame
            {
                Skip = new Skip { Epoch = Theirs, Sequence = 1 },
            },
            _effects
        );

        Assert.Equal(["two"], Delivered(_effects));
        Assert.Equal(3UL, _effects.OfType<SessionEffect.Acknowledge>().Last().Ack.Next);
    }

    [Fact]
    public void Abandoned_message_becomes_a_skip()
    {
        var conversation = Flowing();
        var one = Outgoing("one");
        _ = conversation.Send(one, _effects);
        _effects.Clear();

        Assert.True(conversation.GiveUp(one.Id, _effects));

        Assert.Equal(
            [
                Transmit(
                    1,
                    new Frame
                    {
                        Skip = new Skip { Epoch = Ours, Sequence = 1 },
                    }
                ),
            ],
            Transmitted(_effects)
        );
        conversation.Receive(1, AckOf(2), _effects);
        Assert.Equal(0, conversation.Unacknowledged);
        Assert.Empty(_effects.OfType<SessionEffect.Delivered>());
    }

    [Theory]
    [InlineData(ConversationOptions.WindowMessages, false)]
    [InlineData(ConversationOptions.WindowMessages + 1, true)]
    public void Sequence_beyond_the_window_is_a_violation(ulong sequence, bool violates)
    {
        var conversation = Flowing();

        conversation.Receive(1, Incoming(sequence, "far"), _effects);

        Assert.Equal(violates, _effects.OfType<SessionEffect.Close>().Any());
    }

    [Fact]
    public void Held_bytes_behind_a_gap_are_limited()
    {
        var conversation = Flowing();
        var text = new string('a', ConversationOptions.MaxTextBytes);

        for (ulong sequence = 2; sequence < 2 + 18; sequence++)
        {
            conversation.Receive(1, Incoming(sequence, text), _effects);
        }

        Assert.NotEmpty(_effects.OfType<SessionEffect.Close>());
    }

    [Fact]
    public void Oversized_trace_context_is_dropped()
    {
        var conversation = Flowing();
        var (with, without) = (Incoming(1, "one"), Incoming(2, "two"));
        with.Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        without.Traceparent = new string('0', 200_000);

        conversation.Receive(1, with, _effects);
        conversation.Receive(1, without, _effects);

        Assert.Equal(
            [with.Traceparent, null],
            _effects.OfType<SessionEffect.Deliver>().Select(deliver => deliver.Message.TraceParent)
        );
    }

    [Fact]
    public void Sender_pauses_at_the_window_until_acknowledged()
    {
        var conversation = Flowing();
        for (var i = 0; i < ConversationOptions.WindowMessages + 10; i++)
        {
            _ = conversation.Send(Outgoing("m"), _effects);
        }

        Assert.Equal(ConversationOptions.WindowMessages, Texts(_effects, link: 1).Count);

        conversation.Receive(1, AckOf(5), _effects);

        Assert.Equal(ConversationOptions.WindowMessages + 4, Texts(_effects, link: 1).Count);
    }

    [Fact]
    public void Sender_pauses_at_the_windows_bytes()
    {
        var conversation = Flowing();
        var text = new string('a', ConversationOptions.MaxTextBytes);

        for (var i = 0; i < 40; i++)
        {
            _ = conversation.Send(Outgoing(text), _effects);
        }

        Assert.Equal(16, Texts(_effects, link: 1).Count);
    }

    [Fact]
    public void Send_fails_when_the_outbox_is_full()
    {
        var conversation = new RecordedConversation(Ours, new ConversationOptions { OutboxMessages = 2 });

        Assert.Equal(SendOutcome.Queued, conversation.Send(Outgoing("one"), _effects));
        Assert.Equal(SendOutcome.Queued, conversation.Send(Outgoing("two"), _effects));
        Assert.Equal(SendOutcome.OutboxFull, conversation.Send(Outgoing("three"), _effects));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ConversationOptions.MaxTextBytes + 1)]
    public void Send_rejects_an_empty_or_long_text(int length)
    {
        Assert.Equal(SendOutcome.BadText, New().Send(Outgoing(new string('a', length)), _effects));
    }

    [Fact]
    public void Handshake_frame_on_an_open_link_is_a_violation()
    {
        Frame[] lies =
        [
            new Frame
            {
                Resume = new Resume { SendEpoch = 0, SendBase = 1 },
            },
            new Frame
            {
                Resume = new Resume { SendEpoch = Theirs, SendBase = ulong.MaxValue },
            },
            new Frame { Hello = new Hello() },
            new Frame { Request = new Request() },
        ];
        foreach (var lie in lies)
        {
            _effects.Clear();
            Flowing().Receive(1, lie, _effects);
            Assert.Contains(new SessionEffect.Close(1, CloseReason.ProtocolViolation), _effects);
        }
    }

    [Fact]
    public void Restarted_side_receives_its_unacknowledged_messages()
    {
        var conversation = Flowing();
        _ = conversation.Send(Outgoing("one"), _effects);
        _ = conversation.Send(Outgoing("two"), _effects);
        conversation.Receive(1, AckOf(2), _effects);
        conversation.LinkClosed(1);
        _effects.Clear();

        conversation.LinkOpened(2, _effects);
        conversation.Receive(2, ResumeOf(epoch: Theirs + 1), _effects);

        Assert.Equal(["two"], Texts(_effects, link: 2));
    }

    [Fact]
    public void New_epoch_starts_at_the_senders_base()
    {
        var conversation = Flowing();
        conversation.Receive(1, Incoming(1, "one"), _effects);
        conversation.LinkClosed(1);
        conversation.LinkOpened(2, _effects);

        conversation.Receive(2, ResumeOf(epoch: Theirs + 1, sendBase: 5), _effects);
        conversation.Receive(2, Incoming(5, "five", Theirs + 1), _effects);
        conversation.Receive(2, Incoming(2, "of before", Theirs), _effects);

        Assert.Equal(["one", "five"], Delivered(_effects));
    }

    [Fact]
    public void Sender_with_an_outdated_epoch_begins_a_newer_one()
    {
        var conversation = New();
        _ = conversation.Send(Outgoing("one"), _effects);
        conversation.LinkOpened(1, _effects);
        _effects.Clear();

        conversation.Receive(1, ResumeOf(receiveEpoch: Ours + 50, receiveNext: 7), _effects);

        var frames = _effects.OfType<SessionEffect.Transmit>().Select(transmit => transmit.Frame).ToList();
        Assert.Equal(Ours + 51, frames[0].Resume.SendEpoch);
        Assert.Equal((Ours + 51, 1UL), (frames[1].Message.Epoch, frames[1].Message.Sequence));
    }

    [Fact]
    public void Two_copies_begin_different_epochs()
    {
        var begun = new HashSet<ulong>();
        for (var copy = 0; copy < 3; copy++)
        {
            var conversation = new RecordedConversation(Ours, new ConversationOptions());
            conversation.LinkOpened(1, _effects);
            conversation.Receive(1, ResumeOf(receiveEpoch: Ours + 50, receiveNext: 7), _effects);
            Assert.True(conversation.Snapshot.Epoch > Ours + 50);
            _ = begun.Add(conversation.Snapshot.Epoch);
        }

        // Two random epochs may be equal, once in a million.
        Assert.True(begun.Count > 1);
    }

    [Fact]
    public void Every_open_link_learns_a_new_epoch_before_its_messages()
    {
        var conversation = New();
        conversation.LinkOpened(1, _effects);
        _ = conversation.Send(Outgoing("one"), _effects);
        _ = conversation.ReceiveMail(1, [ResumeOf(receiveEpoch: Ours + 5, receiveNext: 9)], _effects);

        conversation.Receive(1, ResumeOf(receiveEpoch: Ours + 5, receiveNext: 9), _effects);

        var frames = _effects.OfType<SessionEffect.Transmit>().Select(transmit => transmit.Frame).ToList();
        Assert.Equal(Ours + 6, frames.Single(frame => frame.BodyCase == Frame.BodyOneofCase.Message).Message.Epoch);
        Assert.Equal(Ours + 6, frames.Last(frame => frame.BodyCase == Frame.BodyOneofCase.Resume).Resume.SendEpoch);
        Assert.Equal(Frame.BodyOneofCase.Message, frames[^1].BodyCase);
    }

    [Fact]
    public void Receipt_is_repeated_on_the_fallback_link()
    {
        var conversation = Flowing();
        conversation.LinkOpened(2, _effects);
        conversation.Receive(1, Incoming(1, "one"), _effects);
        _ = conversation.MarkRead(Theirs, 2, _effects);
        conversation.LinkClosed(1);
        _effects.Clear();

        conversation.MoveTo(2, _effects);

        Assert.Contains(
            Transmit(
                2,
                new Frame
                {
                    Receipt = new Receipt { Epoch = Theirs, ReadNext = 2 },
                }
            ),
            _effects
        );
    }

    [Fact]
    public void Transmission_is_stored_before_it_is_reported()
    {
        var conversation = New();
        _ = conversation.Send(Outgoing("one"), _effects);
        conversation.LinkOpened(1, _effects);
        conversation.Receive(1, ResumeOf(), _effects);

        var stored = _effects.FindIndex(effect => effect is SessionEffect.Store { Change: Change.Transmitted });
        Assert.InRange(stored, 0, _effects.FindIndex(effect => effect is SessionEffect.Sent) - 1);
    }

    [Fact]
    public void Resume_on_the_current_link_repeats_nothing()
    {
        var conversation = Flowing();
        _ = conversation.Send(Outgoing("one"), _effects);
        _effects.Clear();

        conversation.Receive(1, ResumeOf(receiveEpoch: Ours, receiveNext: 1), _effects);

        Assert.Empty(Texts(_effects, link: 1));
    }

    [Fact]
    public void Frames_of_a_closed_link_are_ignored()
    {
        var conversation = Flowing();
        conversation.LinkClosed(1);

        conversation.Receive(1, Incoming(1, "late"), _effects);

        Assert.Empty(_effects);
    }

    private static RecordedConversation New() => new(Ours, new ConversationOptions { Draw = _ => 0 });

    private RecordedConversation Flowing()
    {
        var conversation = New();
        conversation.LinkOpened(1, _effects);
        conversation.Receive(1, ResumeOf(), _effects);
        _effects.Clear();
        return conversation;
    }

    private static Frame ResumeOf(
        ulong epoch = Theirs,
        ulong sendBase = 1,
        ulong receiveEpoch = 0,
        ulong receiveNext = 0
    ) =>
        new()
        {
            Resume = new Resume
            {
                SendEpoch = epoch,
                SendBase = sendBase,
                ReceiveEpoch = receiveEpoch,
                ReceiveNext = receiveNext,
            },
        };

    private static Frame Incoming(ulong sequence, string text, ulong epoch = Theirs) =>
        new()
        {
            Message = new ChatMessage
            {
                Epoch = epoch,
                Sequence = sequence,
                Id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
                Text = text,
            },
        };

    private static Frame AckOf(ulong next) =>
        new()
        {
            Ack = new Ack { Epoch = Ours, Next = next },
        };

    private static OutgoingMessage Outgoing(string text) => new(Guid.CreateVersion7(), text, DateTimeOffset.UnixEpoch);

    private static SessionEffect.Transmit Transmit(int link, Frame frame) => new SessionEffect.Transmit(link, frame);

    private static IEnumerable<SessionEffect> Transmitted(List<SessionEffect> effects) =>
        effects.Where(effect => effect is SessionEffect.Transmit);

    private static List<string> Texts(List<SessionEffect> effects, int link) =>
        [
            .. effects
                .OfType<SessionEffect.Transmit>()
                .Where(transmit => transmit.Link == link && transmit.Frame.BodyCase == Frame.BodyOneofCase.Message)
                .Select(transmit => transmit.Frame.Message.Text),
        ];

    private static List<string> Delivered(List<SessionEffect> effects) =>
        [.. effects.OfType<SessionEffect.Deliver>().Select(deliver => deliver.Message.Text)];
}
