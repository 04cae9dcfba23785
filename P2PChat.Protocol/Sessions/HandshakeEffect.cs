using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>An action that <see cref="LinkHandshake"/> asks its caller for.</summary>
public abstract record HandshakeEffect
{
    private HandshakeEffect() { }

    /// <summary>Write the frame to the link.</summary>
    public sealed record Send(Frame Frame) : HandshakeEffect;

    /// <summary>
    /// Check that the name belongs to this peer's key, then call <see cref="LinkHandshake.NameChecked"/>.
    /// </summary>
    public sealed record CheckName(Username Name) : HandshakeEffect;

    /// <summary>Answer by <see cref="LinkHandshake.Accept"/> or <see cref="LinkHandshake.Reject"/>.</summary>
    public sealed record RequestReceived(Request Request) : HandshakeEffect;

    /// <summary>
    /// The invite in this side's request does not count. The request waits for the other side's user.
    /// </summary>
    public sealed record InviteRefused(InviteState State) : HandshakeEffect;

    /// <summary>An accept was sent or received. Messages may pass from now on.</summary>
    public sealed record Opened : HandshakeEffect;

    /// <summary>The other side rejected the request.</summary>
    public sealed record Rejected(RejectReason Reason) : HandshakeEffect;

    /// <summary>Send a Close with the reason and end the link.</summary>
    public sealed record Finish(CloseReason Reason) : HandshakeEffect;
}
