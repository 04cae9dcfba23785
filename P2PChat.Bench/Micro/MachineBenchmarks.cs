using BenchmarkDotNet.Attributes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Bench.Micro;

/// <summary>The state machines of two peers, which exchange frames directly, without sockets and codec.</summary>
public class MachineBenchmarks
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly string Text = new('x', 256);

    private PeerSession _sender = null!;
    private PeerSession _receiver = null!;

    [GlobalSetup]
    public void SetUp() => (_sender, _receiver) = Connect();

    /// <summary>Sends, delivers and acknowledges a message.</summary>
    [Benchmark]
    public void Message()
    {
        _ = _sender.Conversation.Send(new OutgoingMessage(Guid.CreateVersion7(Now), Text, Now, null));
        Exchange(_sender, _receiver);
    }

    /// <summary>Connects two new sessions.</summary>
    [Benchmark]
    public bool Handshake() => Connect().Caller.IsConnected;

    private static (PeerSession Caller, PeerSession Callee) Connect()
    {
        var (callerId, calleeId) = (PeerId.FromPublicKey([1]), PeerId.FromPublicKey([2]));
        var (callerName, calleeName) = (Username.Parse("caller"), Username.Parse("callee"));
        var caller = new PeerSession(
            callerId,
            callerName,
            calleeId,
            new SessionSnapshot(null, new ConversationSnapshot(1)),
            new HandshakeOptions(),
            new ConversationOptions()
        );
        var callee = new PeerSession(
            calleeId,
            calleeName,
            callerId,
            new SessionSnapshot(null, new ConversationSnapshot(1)),
            new HandshakeOptions(),
            new ConversationOptions()
        );
        _ = caller.BeginConnect(calleeName);
        caller.LinkUp(1, LinkOrigin.Dialled, Now);
        callee.LinkUp(1, LinkOrigin.Accepted, Now);
        Exchange(caller, callee);
        return (caller, callee);
    }

    // Runs until neither session has effects left.
    private static void Exchange(PeerSession one, PeerSession other)
    {
        while (Deliver(one, other) | Deliver(other, one)) { }
    }

    private static bool Deliver(PeerSession from, PeerSession to)
    {
        var effects = new List<SessionEffect>();
        _ = from.TakeEffects(ref effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SessionEffect.Transmit transmit:
                    to.Receive(1, [new IncomingFrame(transmit.Frame)], Now);
                    break;
                case SessionEffect.Acknowledge acknowledge:
                    to.Receive(1, [new IncomingFrame(new Frame { Ack = acknowledge.Ack })], Now);
                    break;
                case SessionEffect.CheckName check:
                    from.NameChecked(check.Link, NameCheck.Confirmed, Now);
                    break;
                case SessionEffect.RequestArrived:
                    _ = from.Accept();
                    break;
            }
        }

        return effects.Count > 0;
    }
}
