using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Sessions;

/// <summary>Shorter calls for tests, at the cost of allocations.</summary>
internal static class PeerSessionExtensions
{
    public static List<SessionEffect> TakeEffects(this PeerSession session)
    {
        var effects = new List<SessionEffect>();
        _ = session.TakeEffects(ref effects);
        return effects;
    }

    public static void Receive(this PeerSession session, int link, Frame frame, DateTimeOffset now) =>
        session.Receive(link, [new IncomingFrame(frame)], now);
}
