using System.Buffers;
using System.Globalization;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Sessions;
using P2PChat.Tests.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Vectors;

/// <summary>One step of a transcript: an input and its effects.</summary>
/// <param name="At">Milliseconds since the first byte of the link.</param>
/// <param name="Event">The input; null for a received frame.</param>
/// <param name="In">The received frame with its length, in hex.</param>
/// <param name="Argument">The argument of the event.</param>
/// <param name="Out">
/// The sent frames with their lengths, in hex, each after <c>link:</c> if there are several links.
/// </param>
/// <param name="Tells">What the person or the store learns.</param>
public sealed record TranscriptStep(
    int At,
    string? Event,
    string? In,
    string? Argument,
    int Link,
    IReadOnlyList<string> Out,
    IReadOnlyList<string> Tells
);

/// <summary>Runs the steps of a transcript on a state machine, and returns its effects.</summary>
internal static class Transcript
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    public static IEnumerable<TranscriptStep> RunHandshake(
        string self,
        string? dials,
        LinkOrigin origin,
        ulong number,
        Request? request,
        PeerFeatures features,
        IEnumerable<TranscriptStep> steps
    )
    {
        var machine = new LinkHandshake(
            Username.Parse(self),
            dials is null ? null : Username.Parse(dials),
            origin,
            Start,
            new HandshakeOptions { Features = features },
            number,
            request
        );
        foreach (var step in steps)
        {
            var now = Start.AddMilliseconds(step.At);
            var effects = step.Event switch
            {
                null => machine.Receive(FrameOf(step.In!), now),
                "tls-done" => machine.Start(),
                "name-checked" => machine.NameChecked(Enum.Parse<NameCheck>(step.Argument!, ignoreCase: true), now),
                "accept" => machine.Accept(),
                "reject" => machine.Reject(Enum.Parse<RejectReason>(step.Argument!, ignoreCase: true)),
                "report-invite" => machine.ReportInvite(Enum.Parse<InviteState>(step.Argument!, ignoreCase: true)),
                "time-passes" => machine.Tick(now),
                _ => throw new InvalidDataException($"Unknown handshake event '{step.Event}'."),
            };
            yield return step with
            {
                Out = [.. effects.Select(Written).OfType<string>()],
                Tells = [.. effects.Select(Told).OfType<string>()],
            };
        }
    }

    public static IEnumerable<TranscriptStep> RunConversation(ulong epoch, IEnumerable<TranscriptStep> steps)
    {
        // In the vectors, every random number is 0.
        var machine = new RecordedConversation(epoch, new ConversationOptions { Draw = _ => 0 });
        ConversationMail? composed = null;
        SessionEffect.Recall? asked = null;
        foreach (var step in steps)
        {
            var effects = new List<SessionEffect>();
            string? tells = null;
            switch (step.Event)
            {
                case null:
                    machine.Receive(step.Link, FrameOf(step.In!), effects);
                    break;
                case "link-opens":
                    machine.LinkOpened(step.Link, effects);
                    break;
                case "link-ends":
                    machine.LinkClosed(step.Link);
                    break;
                case "send":
                    var parts = step.Argument!.Split(' ', 2);
                    _ = machine.Send(
                        new OutgoingMessage(Guid.Parse(parts[0]), parts[1], Start.AddMilliseconds(step.At)),
                        effects
                    );
                    break;
                case "send-content":
                    var fields = step.Argument!.Split(' ', 3);
                    _ = machine.Send(
                        new OutgoingMessage(Guid.Parse(fields[0]), fields[2], Start.AddMilliseconds(step.At))
                        {
                            Content = MessageContent.TryParse(Convert.FromHexString(fields[1])),
                        },
                        effects
                    );
                    break;
                case "give-up":
                    _ = machine.GiveUp(Guid.Parse(step.Argument!), effects);
                    break;
                case "mail":
                    tells = Told(machine.ReceiveMail(step.Link, FramesOf(step.In!), effects));
                    break;
                case "compose":
                    _ = machine.Compose(Envelope.MaxContentSize, effects);
                    composed = effects.OfType<SessionEffect.Deposit>().LastOrDefault()?.Mail ?? composed;
                    break;
                case "deposited":
                    machine.Deposited(composed!, effects);
                    break;
                case "time-passes":
                    machine.Tick(Start.AddMilliseconds(step.At), effects);
                    break;
                case "recalled":
                    var recalled = step.Argument!.Split('\n').Select(line => line.Split(' ', 2));
                    machine.Recalled(
                        asked!,
                        [.. recalled.Select(one => new OutgoingMessage(Guid.Parse(one[0]), one[1], Start))],
                        [],
                        effects
                    );
                    break;
                default:
                    throw new InvalidDataException($"Unknown conversation event '{step.Event}'.");
            }

            asked = effects.OfType<SessionEffect.Recall>().LastOrDefault() ?? asked;
            yield return step with
            {
                Out = [.. effects.SelectMany(Written)],
                Tells = [.. effects.Select(ToldByConversation).Append(tells).OfType<string>()],
            };
        }
    }

    public static IEnumerable<TranscriptStep> RunSession(PeerSession machine, IEnumerable<TranscriptStep> steps)
    {
        foreach (var step in steps)
        {
            Run(machine, step.Event, step.Argument, step.Link, step.In, Start.AddMilliseconds(step.At));
            var effects = machine.TakeEffects();
            yield return step with
            {
                Out = [.. effects.SelectMany(Written)],
                Tells = [.. effects.Select(Told).OfType<string>()],
            };
        }
    }

    /// <summary>Passes an event or a received frame to a session.</summary>
    public static void Run(
        PeerSession machine,
        string? what,
        string? argument,
        int link,
        string? frame,
        DateTimeOffset now
    )
    {
        switch (what)
        {
            case null:
                machine.Receive(link, FrameOf(frame!), now);
                break;
            case "dials":
                Assert.Equal(ConnectOutcome.Dial, machine.BeginConnect(Username.Parse(argument!)));
                machine.LinkUp(link, LinkOrigin.Dialled, now);
                break;
            case "is-dialled":
                machine.LinkUp(link, LinkOrigin.Accepted, now);
                break;
            case "asks":
                var asks = argument!.Split(' ');
                if (!machine.BeginUpgrade())
                {
                    Assert.Equal(ConnectOutcome.Dial, machine.BeginConnect(Username.Parse(asks[0])));
                }

                machine.LinkUp(link, OriginOf(asks[1], asks[2], isRequester: true), now);
                break;
            case "is-asked":
                var asked = argument!.Split(' ');
                machine.LinkUp(link, OriginOf(asked[0], asked[1], isRequester: false), now);
                break;
            case "name-checked":
                machine.NameChecked(link, Enum.Parse<NameCheck>(argument!, ignoreCase: true), now);
                break;
            case "accept":
                Assert.True(machine.Accept());
                break;
            case "link-ends":
                machine.LinkDown(link, CloseReason.ConnectionLost, byRemote: false);
                break;
            case "send":
                var parts = argument!.Split(' ', 2);
                _ = machine.Conversation.Send(new OutgoingMessage(Guid.Parse(parts[0]), parts[1], now));
                break;
            case "read":
                Assert.True(
                    machine.Conversation.MarkRead(
                        machine.Snapshot.Conversation.TheirEpoch,
                        ulong.Parse(argument!, CultureInfo.InvariantCulture)
                    )
                );
                break;
            case "end":
                machine.End(CloseReason.Ended);
                break;
            default:
                throw new InvalidDataException($"Unknown session event '{what}'.");
        }
    }

    /// <param name="role">The side's TLS role.</param>
    public static LinkOrigin OriginOf(string role, string path, bool isRequester) =>
        new(role == "client", isRequester, Enum.Parse<LinkPath>(path, ignoreCase: true));

    public static string Hex(Frame frame)
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(writer, frame);
        return Convert.ToHexStringLower(writer.WrittenSpan);
    }

    public static Frame FrameOf(string hex) => Assert.Single(FramesOf(hex));

    private static List<Frame> FramesOf(string hex)
    {
        var (buffer, frames) = (new ReadOnlySequence<byte>(Convert.FromHexString(hex)), new List<Frame>());
        while (FrameCodec.TryRead(ref buffer, out var frame))
        {
            frames.Add(frame);
        }

        Assert.True(buffer.IsEmpty);
        return frames;
    }

    private static string? Written(HandshakeEffect effect) =>
        effect switch
        {
            HandshakeEffect.Send send => Hex(send.Frame),
            HandshakeEffect.Finish finish => Hex(new Frame { Close = new Close { Reason = finish.Reason } }),
            _ => null,
        };

    private static string? Told(HandshakeEffect effect) =>
        effect switch
        {
            HandshakeEffect.CheckName check => $"check-name {check.Name}",
            HandshakeEffect.RequestReceived { Request.InviteId.IsEmpty: false } invited =>
                $"asked, invite {Convert.ToHexStringLower(invited.Request.InviteId.Span)}",
            HandshakeEffect.RequestReceived => "asked",
            HandshakeEffect.InviteRefused refused => $"invite {refused.State}",
            HandshakeEffect.Opened => "open",
            HandshakeEffect.Rejected rejected => $"rejected {rejected.Reason}",
            HandshakeEffect.Finish finish => $"ended {finish.Reason}",
            _ => null,
        };

    private static IEnumerable<string> Written(SessionEffect effect) =>
        effect switch
        {
            SessionEffect.Deposit deposit => deposit.Mail.Frames.Select(frame => $"mail:{Hex(frame)}"),
            _ => Sent(effect) is var (link, frame) ? [$"{link}:{Hex(frame)}"] : [],
        };

    /// <summary>The frame that an effect sends, and its link; null if it sends none.</summary>
    public static (int Link, Frame Frame)? Sent(SessionEffect effect) =>
        effect switch
        {
            SessionEffect.Transmit transmit => (transmit.Link, transmit.Frame),
            SessionEffect.Acknowledge acknowledge => (acknowledge.Link, new Frame { Ack = acknowledge.Ack }),
            SessionEffect.Close close => (close.Link, new Frame { Close = new Close { Reason = close.Reason } }),
            _ => null,
        };

    private static string? Told(MailOutcome outcome) =>
        outcome switch
        {
            MailOutcome.Bad => "useless",
            MailOutcome.TooEarly => "again later",
            _ => null,
        };

    // A conversation closes a link only for a violation.
    private static string? ToldByConversation(SessionEffect effect) =>
        effect is SessionEffect.Close ? "violation" : Told(effect);

    private static string? Told(SessionEffect effect) =>
        effect switch
        {
            SessionEffect.Deliver deliver => $"takes {deliver.Message.Id} {deliver.Message.Text}",
            SessionEffect.Delivered delivered => $"delivered {delivered.Message.Id}",
            SessionEffect.Recall recall =>
                $"looks for what was delivered from {recall.Kept.Epoch}/{recall.Kept.Next} on",
            SessionEffect.ReadByThem read => $"read {read.Next}",
            SessionEffect.Typing typing => typing.Active ? "typing" : "typing no longer",
            SessionEffect.Presence presence => presence.State == PresenceState.Away ? "away" : "active",
            SessionEffect.MailReceived taken => $"delete {taken.Mail}",
            SessionEffect.CheckName check => $"check-name {check.Name}",
            SessionEffect.RequestArrived => "asked",
            SessionEffect.RequestWithdrawn => "withdrawn",
            SessionEffect.Connected => "connected",
            SessionEffect.PathChanged changed => $"path {changed.Path.ToString().ToLowerInvariant()}",
            SessionEffect.Disconnected disconnected => $"disconnected {disconnected.Reason}",
            _ => null,
        };
}
