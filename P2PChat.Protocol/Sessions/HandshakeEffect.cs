using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>What <see cref="LinkHandshake"/> wants done, in order.</summary>
public abstract record HandshakeEffect
{
    private HandshakeEffect() { }

    /// <summary>Write the frame to the link.</summary>
    public sealed record Send(Frame Frame) : HandshakeEffect;

    /// <summary>Find out whether the name is this peer's, and say so by <see cref="LinkHandshake.NameChecked"/>.</summary>
    public sealed record CheckName(Username Name) : HandshakeEffect;

    /// <summary>The other side asks: answer by <see cref="LinkHandshake.Accept"/> or <see cref="LinkHandshake.Reject"/>.</summary>
    public sealed record Asked : HandshakeEffect;

    /// <summary>An accept was sent or has come: from here on messages may pass.</summary>
    public sealed record Opened : HandshakeEffect;

    /// <summary>The other side said no.</summary>
    public sealed record Rejected(RejectReason Reason) : HandshakeEffect;

    /// <summary>Send a Close with the reason and end the link.</summary>
    public sealed record Finish(CloseReason Reason) : HandshakeEffect;
}
