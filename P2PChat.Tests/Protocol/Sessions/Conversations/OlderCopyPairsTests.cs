using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>
/// Connects every state of one side with every state of the other, with mail from any of their copies. Each pair must
/// settle: everything is acknowledged, and nothing is missing.
/// </summary>
public class OlderCopyPairsTests
{
    private const int MostFrames = 500;
    private const int MostMinutes = 12;

    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private readonly List<Side> _alices = [];
    private readonly List<Side> _bobs = [];
    private readonly List<(bool ToBob, IReadOnlyList<Frame> Frames)> _mails = [];
    private int _drawn;

    [Fact]
    public void Any_two_states_of_one_history_lose_no_delivered_message()
    {
        Live(new Side(New(1000)), new Side(New(2000)));
        MeetAll(eachMail: 1, Assert.True);
    }

    [Fact]
    public void Any_two_states_of_any_histories_settle()
    {
        Live(new Side(New(1000)), new Side(New(2000)));
        // Older copies of both continue, and deposit mail in epochs that the others have forgotten.
        foreach (var (alice, bob) in new[] { (2, 2), (5, 1), (9, 6), (3, _bobs.Count - 1) })
        {
            Live(Copy(_alices[alice]), Copy(_bobs[bob]));
        }
        // Copies may have used the same sequences for different messages, so a delivered state may belong to another
        // message.
        MeetAll(eachMail: 7, (_, _) => { });
    }

    private void MeetAll(int eachMail, Action<bool, string> assertShown)
    {
        var first = 0;
        foreach (var alice in _alices)
        {
            foreach (var bob in _bobs)
            {
                Meet(alice, bob, mail: null, assertShown);
                for (var mail = first++ % eachMail; mail < _mails.Count; mail += eachMail)
                {
                    Meet(alice, bob, mail, assertShown);
                }
            }
        }
    }

    // A history in which messages are lost, sent by mail, and abandoned.
    private void Live(Side alice, Side bob)
    {
        Note();
        Talk(alice, bob);
        Note();
        alice.Send();
        Note();
        Talk(alice, bob);
        Note();
        bob.Send();
        alice.Send();
        Note();
        var (one, two) = (Mail(alice, toBob: true), Mail(bob, toBob: false));
        Note();
        alice.Send();
        alice.GiveUpLast();
        alice.Send();
        var three = Mail(alice, toBob: true);
        Note();
        bob.Read(one);
        var four = Mail(bob, toBob: false);
        Note();
        alice.Read(four);
        Note();
        alice.Machine.BeginEpoch(alice.Machine.Snapshot.Epoch + 1_000_000 + (ulong)Draw(1), alice.Effects);
        alice.Apply();
        alice.Send();
        var five = Mail(alice, toBob: true);
        Note();
        bob.Read(five);
        bob.Read(three);
        Note();
        alice.Read(two);
        Talk(alice, bob);
        Note();
        alice.Send();
        alice.GiveUpLast();
        bob.Send();
        Note();
        Talk(alice, bob);
        Note();

        void Note()
        {
            _alices.Add(Copy(alice));
            _bobs.Add(Copy(bob));
        }
    }

    private void Meet(Side oneOf, Side otherOf, int? mail, Action<bool, string> assertShown)
    {
        var (alice, bob) = (Copy(oneOf), Copy(otherOf));
        // Read before they connect, or while they are connected.
        if (mail is { } before && before % 2 == 0)
        {
            (_mails[before].ToBob ? bob : alice).Read(_mails[before].Frames);
        }

        alice.Send();
        Talk(alice, bob, () =>
        {
            if (mail is { } within && within % 2 == 1)
            {
                (_mails[within].ToBob ? bob : alice).Read(_mails[within].Frames);
            }
        });

        var what = $"state {_alices.IndexOf(oneOf)} of alice, {_bobs.IndexOf(otherOf)} of bob, mail {mail}";
        Assert.True(alice.IsAtRest && bob.IsAtRest, $"The peers do not settle: {what}.");
        assertShown(
            alice.Delivered.All(bob.Received.Contains),
            $"bob lacks a message that alice shows as delivered: {what}."
        );
        assertShown(
            bob.Delivered.All(alice.Received.Contains),
            $"alice lacks a message that bob shows as delivered: {what}."
        );
    }

    private static void Talk(Side alice, Side bob, Action? within = null)
    {
        var frames = 0;
        alice.Machine.LinkOpened(1, alice.Effects);
        bob.Machine.LinkOpened(1, bob.Effects);
        for (var minute = 0; minute < MostMinutes; minute++)
        {
            while (alice.Carry(bob) | bob.Carry(alice))
            {
                Assert.True(++frames < MostFrames, "The peers answer each other forever.");
            }

            if (minute == 0)
            {
                within?.Invoke();
            }

            alice.Machine.Tick(Start.AddMinutes(2 * minute), alice.Effects);
            bob.Machine.Tick(Start.AddMinutes(2 * minute), bob.Effects);
        }

        alice.Machine.LinkClosed(1);
        bob.Machine.LinkClosed(1);
    }

    private IReadOnlyList<Frame> Mail(Side from, bool toBob)
    {
        if (from.Compose() is not { } frames)
        {
            return [];
        }

        _mails.Add((toBob, frames));
        return frames;
    }

    private RecordedConversation New(ulong epoch) => new(epoch, Options);

    private Side Copy(Side side) => new(new RecordedConversation(side.Machine.Snapshot, Options), side);

    private ConversationOptions Options => new() { Draw = Draw };

    // No two copies draw the same.
    private int Draw(int below) => ++_drawn % below;

    private enum State
    {
        Waiting,
        Delivered,
        Other,
    }

    /// <summary>A conversation with its store: its own messages, and those it has received.</summary>
    private sealed class Side(RecordedConversation machine)
    {
        private readonly Dictionary<Guid, (OutgoingMessage Message, Position At, State State)> _sent = [];
        private int _applied;

        public Side(RecordedConversation machine, Side copied)
            : this(machine)
        {
            foreach (var (id, sent) in copied._sent)
            {
                _sent.Add(id, sent);
            }

            Received.UnionWith(copied.Received);
        }

        public RecordedConversation Machine => machine;

        public List<SessionEffect> Effects { get; } = [];

        public HashSet<Guid> Received { get; } = [];

        public IEnumerable<Guid> Delivered =>
            _sent.Where(sent => sent.Value.State == State.Delivered).Select(sent => sent.Key);

        public bool IsAtRest =>
            machine.Unacknowledged == 0
            && machine.Snapshot.TheirKept is null
            && !_sent.Values.Any(sent => sent.State == State.Waiting);

        public void Send()
        {
            _ = machine.Send(new OutgoingMessage(Guid.NewGuid(), "text", Start), Effects);
            Apply();
        }

        public void GiveUpLast()
        {
            _ = machine.GiveUp(_sent.Last().Key, Effects);
            Apply();
        }

        public void Read(IReadOnlyList<Frame> mail)
        {
            if (mail.Count > 0)
            {
                Assert.NotEqual(MailOutcome.Bad, machine.ReceiveMail(mail.GetHashCode(), mail, Effects));
            }

            Apply();
        }

        public IReadOnlyList<Frame>? Compose()
        {
            if (!machine.Compose(100_000, Effects))
            {
                return null;
            }

            var mail = Effects.OfType<SessionEffect.Deposit>().Last().Mail;
            machine.Deposited(mail, Effects);
            Apply();
            return mail.Frames;
        }

        /// <summary>Delivers what was transmitted to the other side.</summary>
        /// <returns>False if there is nothing.</returns>
        public bool Carry(Side other)
        {
            Apply();
            var effects = Effects.ToList();
            Effects.Clear();
            _applied = 0;
            foreach (var effect in effects)
            {
                Assert.IsNotType<SessionEffect.Close>(effect);
                if (effect is SessionEffect.Transmit transmit)
                {
                    other.Machine.Receive(transmit.Link, transmit.Frame, other.Effects);
                }
                else if (effect is SessionEffect.Acknowledge acknowledge)
                {
                    other.Machine.Receive(acknowledge.Link, new Frame { Ack = acknowledge.Ack }, other.Effects);
                }
            }

            return effects.Count > 0;
        }

        /// <summary>Stores changes and answers recalls.</summary>
        public void Apply()
        {
            for (; _applied < Effects.Count; _applied++)
            {
                if (Effects[_applied] is SessionEffect.Store store)
                {
                    Apply(store.Change);
                }
                else if (Effects[_applied] is SessionEffect.Recall recall)
                {
                    Answer(recall);
                }
            }
        }

        private void Answer(SessionEffect.Recall recall)
        {
            var lost = _sent
                .Values.Where(sent => sent.State == State.Delivered && sent.At >= recall.Kept)
                .OrderBy(sent => sent.At)
                .ToList();
            machine.Recalled(recall, [.. lost.Select(sent => sent.Message)], [], Effects);
        }

        private void Apply(Change change)
        {
            switch (change)
            {
                case Change.Queued queued:
                    _sent.Add(
                        queued.Message.Id,
                        (queued.Message, new Position(queued.Epoch, queued.Sequence), State.Waiting)
                    );
                    break;
                case Change.Abandoned given:
                    _sent[given.Id] = _sent[given.Id] with { State = State.Other };
                    break;
                case Change.Acknowledged cleared:
                    foreach (
                        var (id, sent) in _sent
                            .Where(sent =>
                                sent.Value.State == State.Waiting
                                && sent.Value.At < new Position(cleared.Epoch, cleared.Base)
                            )
                            .ToList()
                    )
                    {
                        _sent[id] = sent with { State = State.Delivered };
                    }

                    break;
                case Change.EpochBegun begun:
                    for (var i = 0; i < begun.Ids.Count; i++)
                    {
                        _sent[begun.Ids[i]] = (
                            _sent[begun.Ids[i]].Message,
                            new Position(begun.Epoch, (ulong)i + 1),
                            State.Waiting
                        );
                    }

                    break;
                case Change.Received took:
                    Received.UnionWith(took.Messages.Select(message => message.Id));
                    break;
            }
        }
    }
}
