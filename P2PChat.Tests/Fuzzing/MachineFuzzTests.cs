using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Sessions;
using P2PChat.Tests.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Fuzzing;

/// <summary>
/// Any inputs in any order cause no exception and no unlimited growth. Messages are delivered once, in order, and never
/// before an accept.
/// </summary>
public sealed class MachineFuzzTests
{
    private const ulong OurEpoch = 1000;

    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Fact]
    public void Fuzzed_handshakes_keep_their_invariants() => Fuzzer.RunHistories(share: 3, steps: 20, (random, steps) =>
        {
            var dials = random.Next(2) == 0;
            var frames = new FrameMaker(random, () => OurEpoch);
            var machine = new LinkHandshake(
                Username.Parse("alice"),
                dials ? Username.Parse("bob") : null,
                dials ? LinkOrigin.Dialled : LinkOrigin.Accepted,
                Start,
                new HandshakeOptions(),
                request: frames.NextRequest()
            );
            var now = Start;
            var (opened, finished, asked, confirmed) = (0, 0, false, false);
            for (var step = 0; step < steps; step++)
            {
                now += TimeSpan.FromMilliseconds(random.Next(3000));
                var before = machine.State;
                var check = random.Next(4) == 0 ? (NameCheck)random.Next(4) : NameCheck.Confirmed;
                var effects = random.Next(10) switch
                {
                    0 => machine.NameChecked(check, now),
                    1 => machine.Accept(),
                    2 when random.Next(4) == 0 => machine.Reject(RejectReason.Declined),
                    3 when random.Next(10) == 0 => machine.End(CloseReason.Ended),
                    4 => machine.Tick(now),
                    5 => machine.ReportInvite((InviteState)random.Next(1, 8)),
                    _ => machine.Receive(frames.Next(), now),
                };
                confirmed |=
                    before == HandshakeState.CheckingName
                    && machine.State is HandshakeState.AwaitingRequest or HandshakeState.AwaitingDecision;
                foreach (var effect in effects)
                {
                    Assert.NotEqual(HandshakeState.Ended, before);
                    asked |= effect is HandshakeEffect.RequestReceived;
                    opened += effect is HandshakeEffect.Opened ? 1 : 0;
                    finished += effect is HandshakeEffect.Finish ? 1 : 0;
                    // An inbound link opens only after a name check and a request, and a handshake sends no
                    // conversation frames.
                    Assert.True(effect is not HandshakeEffect.Opened || dials || (asked && confirmed));
                    Assert.True(
                        effect
                            is not HandshakeEffect.Send
                            {
                                Frame.BodyCase: not (
                                    Frame.BodyOneofCase.Request
                                    or Frame.BodyOneofCase.Accept
                                    or Frame.BodyOneofCase.Reject
                                    or Frame.BodyOneofCase.InviteStatus
                                )
                            }
                    );
                }

                Assert.InRange(effects.Count, 0, 2);
                Assert.InRange(opened, 0, 1);
                Assert.InRange(finished, 0, 1);
                Assert.Equal(machine.State == HandshakeState.Ended, finished == 1);
            }
        });

    [Fact]
    public void Fuzzed_conversations_keep_their_invariants()
    {
        var taken = 0;
        Fuzzer.RunHistories(share: 4, steps: 100, (random, steps) => taken += Converse(random, steps));
        Assert.NotEqual(0, taken);
    }

    [Fact]
    public void Fuzzed_sessions_keep_their_invariants()
    {
        var taken = 0;
        Fuzzer.RunHistories(share: 6, steps: 150, (random, steps) => taken += MeetAndTalk(random, steps));
        Assert.NotEqual(0, taken);
    }

    private static int Converse(Random random, int steps)
    {
        var machine = new RecordedConversation(
            OurEpoch,
            new ConversationOptions
            {
                OutboxMessages = 20,
                OutboxBytes = 100_000,
                Draw = random.Next,
            }
        );
        var frames = new FrameMaker(random, () => OurEpoch);
        var inbox = new InboxOracle();
        var links = new HashSet<int>();
        var stages = new Dictionary<int, LinkStage>();
        var sent = new Queue<Guid>();
        var stored = new StoredConversation(machine.Snapshot);
        for (var step = 0; step < steps; step++)
        {
            var effects = new List<SessionEffect>();
            var link = random.Next(1, 4);
            switch (random.Next(15))
            {
                case 0 when links.Add(link):
                    machine.LinkOpened(link, effects);
                    stages[link] = new LinkStage(isOutbound: false) { Frames = 2 };
                    break;
                case 1 when random.Next(4) == 0 && links.Remove(link):
                    machine.LinkClosed(link);
                    break;
                case 2:
                    var target = sent.Count == 0 ? Guid.Empty : sent.ElementAt(random.Next(sent.Count));
                    var message = new OutgoingMessage(Guid.CreateVersion7(), $"text {step}", Start)
                    {
                        Content = random.Next(8) switch
                        {
                            0 => new MessageContent.Reaction(new MessageReference(target, Yours: false), "👍"),
                            1 => new MessageContent.Edit(target),
                            2 => new MessageContent.Delete(target),
                            _ => null,
                        },
                    };
                    if (machine.Send(message, effects) == SendOutcome.Queued)
                    {
                        sent.Enqueue(message.Id);
                    }

                    break;
                case 3 when sent.Count > 0 && random.Next(4) == 0:
                    var given = sent.ElementAt(random.Next(sent.Count));
                    if (machine.GiveUp(given, effects))
                    {
                        sent = new Queue<Guid>(sent.Where(id => id != given));
                    }

                    break;
                case 4:
                    _ = machine.ReceiveMail(
                        step,
                        [
                            .. Enumerable
                                .Range(0, random.Next(1, 6))
                                .Select(i =>
                                    i == 0
                                        ? frames.NextOn(new LinkStage(isOutbound: false) { Frames = 2 })
                                        : frames.NextOn(new LinkStage(isOutbound: false) { Frames = 5 })
                                ),
                        ],
                        effects
                    );
                    break;
                case 5:
                    _ = machine.Compose(random.Next(2000), effects);
                    if (effects.OfType<SessionEffect.Deposit>().SingleOrDefault() is { } deposit && random.Next(3) > 0)
                    {
                        machine.Deposited(deposit.Mail, effects);
                    }

                    break;
                case 6 when random.Next(4) == 0:
                    machine.Tick(Start + TimeSpan.FromSeconds(step * 20), effects);
                    break;
                case 6:
                    _ = machine.MarkRead(FrameMaker.TheirEpoch, (ulong)random.Next(12), effects);
                    break;
                default:
                    machine.Receive(
                        link,
                        stages.TryGetValue(link, out var stage) ? frames.NextOn(stage) : frames.Next(),
                        effects
                    );
                    break;
            }

            foreach (var recall in effects.OfType<SessionEffect.Recall>().ToList())
            {
                machine.Recalled(recall, [], [], effects);
            }

            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case SessionEffect.Store store:
                        stored.Apply(store.Change);
                        inbox.Note(store.Change);
                        break;
                    case SessionEffect.Deliver deliver:
                        inbox.Take(deliver.Message);
                        break;
                    case SessionEffect.Delivered delivered:
                        // Each once, in the order of sending.
                        Assert.Equal(sent.Dequeue(), delivered.Message.Id);
                        break;
                    case SessionEffect.Transmit transmit:
                        Assert.Contains(transmit.Link, links);
                        break;
                    case SessionEffect.Close violation:
                        _ = links.Remove(violation.Link);
                        machine.LinkClosed(violation.Link);
                        break;
                }
            }

            // A crash at this point would lose no state.
            stored.AssertIs(machine.Snapshot);

            // The number of effects and messages stays limited.
            Assert.InRange(effects.Count, 0, 1100);
            Assert.InRange(machine.Unacknowledged, 0, 20);
        }

        return inbox.Taken;
    }

    private static int MeetAndTalk(Random random, int steps)
    {
        var self = PeerId.FromHash([1, .. new byte[PeerId.Size - 1]]);
        var remote = PeerId.FromHash([(byte)random.Next(0, 3), 1, .. new byte[PeerId.Size - 2]]);
        var machine = new PeerSession(
            self,
            Username.Parse("alice"),
            remote,
            new SessionSnapshot(null, new ConversationSnapshot(OurEpoch)),
            new HandshakeOptions(),
            new ConversationOptions { OutboxMessages = 20, Draw = random.Next }
        );
        var frames = new FrameMaker(random, () => OurEpoch);
        var oracle = new SessionOracle();
        var now = Start;
        for (var step = 0; step < steps; step++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(500));
            var request = frames.NextRequest();
            var link = oracle.Some(random);
            switch (random.Next(30))
            {
                case 0 or 1:
                    machine.LinkUp(
                        oracle.NewLink(isOutbound: false),
                        AnyOrigin(random, asks: false),
                        now,
                        asksToo: random.Next(4) == 0
                    );
                    break;
                case 2 when machine.BeginConnect(Username.Parse("bob"), request) == ConnectOutcome.Dial:
                    var outcome = random.Next(6);
                    if (outcome < 2)
                    {
                        machine.ConnectFailed();
                    }
                    else if (outcome == 2)
                    {
                        machine.DialEnded();
                    }
                    else
                    {
                        machine.LinkUp(
                            oracle.NewLink(isOutbound: true, request.ForRooms),
                            AnyOrigin(random, asks: true),
                            now
                        );
                    }

                    break;
                case 4 when random.Next(3) == 0 && machine.BeginUpgrade():
                    machine.LinkUp(
                        oracle.NewLink(isOutbound: true, machine.IsForRooms),
                        AnyOrigin(random, asks: true),
                        now
                    );
                    break;
                case 4 when random.Next(3) == 0:
                    machine.EndUpgrade();
                    break;
                case 3 when random.Next(3) == 0:
                    machine.LinkDown(link, CloseReason.ConnectionLost, byRemote: false);
                    oracle.Gone(link);
                    break;
                case 4 or 5:
                    oracle.Accepting(machine.Accept(random.Next(2) == 0 ? default : new byte[16]));
                    break;
                case 11:
                    machine.ReportInvite((InviteState)random.Next(1, 8), isForRooms: random.Next(2) == 0);
                    break;
                case 13 when random.Next(4) > 0:
                    oracle.AcceptingForRooms(machine.AcceptForRooms());
                    break;
                case 13:
                    _ = machine.RejectForRooms();
                    break;
                case 14 when random.Next(8) == 0:
                    _ = machine.AcceptMember(Username.Parse("bob"));
                    break;
                case 12 when random.Next(8) == 0:
                    _ = machine.AcceptInviter(Username.Parse("bob"));
                    break;
                case 6 when random.Next(4) == 0:
                    _ = machine.Reject(RejectReason.Declined);
                    break;
                case 7:
                    _ = machine.Conversation.Send(new OutgoingMessage(Guid.CreateVersion7(), "text", Start));
                    break;
                case 8 when random.Next(10) == 0:
                    machine.End(CloseReason.Ended);
                    break;
                case 9 when random.Next(4) == 0:
                    machine.EndLink(link, CloseReason.BadFrame);
                    break;
                case 10:
                    machine.Tick(now);
                    machine.Conversation.Expire(
                        new TimeReading(now, TimeSpan.FromDays(random.Next(20)), now.AddDays(random.Next(20)))
                    );
                    break;
                default:
                    machine.Receive(link, frames.NextOn(oracle.StageOf(link)), now);
                    break;
            }

            while (machine.TakeEffects() is { Count: > 0 } effects)
            {
                Assert.InRange(effects.Count, 0, 1200);
                foreach (var effect in effects)
                {
                    oracle.Take(effect);
                    if (effect is SessionEffect.CheckName check && random.Next(4) > 0)
                    {
                        machine.NameChecked(
                            check.Link,
                            random.Next(8) == 0 ? (NameCheck)random.Next(4) : NameCheck.Confirmed,
                            now
                        );
                    }
                }
            }

            oracle.Agree(machine);
        }

        return oracle.Taken;
    }

    private static LinkOrigin AnyOrigin(Random random, bool asks) =>
        random.Next(2) == 0
            ? asks
                ? LinkOrigin.Dialled
                : LinkOrigin.Accepted
            : new LinkOrigin(random.Next(2) == 0, asks, random.Next(2) == 0 ? LinkPath.Punched : LinkPath.Relayed);
}
