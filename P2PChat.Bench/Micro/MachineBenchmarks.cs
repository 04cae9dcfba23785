using BenchmarkDotNet.Attributes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Bench.Micro;

/// <summary>The machines of two peers, their frames handed over by hand: no sockets, no codec.</summary>
public class MachineBenchmarks
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly string Text = new('x', 256);

    private PeerSession _sender = null!;
    private PeerSession _receiver = null!;

    [GlobalSetup]
    public void SetUp() => (_sender, _receiver) = Connect();

    /// <summary>A message sent, delivered and acknowledged.</summary>
    [Benchmark]
    public void Message()
    {
        _ = _sender.Conversation.Send(new OutgoingMessage(Guid.CreateVersion7(Now), Text, Now, null));
        Exchange(_sender, _receiver);
    }

    /// <summary>Two sessions from nothing to connected.</summary>
    [Benchmark]
    public bool Handshake() => Connect().Caller.IsConnected;

    private static (PeerSession Caller, PeerSession Called) Connect()
    {
        var (callerId, calledId) = (PeerId.FromPublicKey([1]), PeerId.FromPublicKey([2]));
        var (callerName, calledName) = (Username.Parse("caller"), Username.Parse("called"));
        var caller = new PeerSession(
            callerId,
            callerName,
            calledId,
            new SessionSnapshot(null, new ConversationSnapshot(1)),
            new HandshakeOptions(),
            new ConversationOptions()
        );
        var called = new PeerSession(
            calledId,
            calledName,
            callerId,
            new SessionSnapshot(null, new ConversationSnapshot(1)),
            new HandshakeOptions(),
            new ConversationOptions()
        );
        _ = caller.BeginConnect(calledName);
        caller.LinkUp(1, isOutbound: true, Now);
        called.LinkUp(1, isOutbound: false, Now);
        Exchange(caller, called);
        return (caller, called);
    }

    // Until neither has anything to do.
    private static void Exchange(PeerSession one, PeerSession other)
    {
        while (Carry(one, other) | Carry(other, one)) { }
    }

    private static bool Carry(PeerSession from, PeerSession to)
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
