using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>One link of a session, from TLS to its end.</summary>
internal sealed class SessionLink(int id, LinkOrigin origin, bool isAttempt, LinkHandshake handshake)
{
    public int Id { get; } = id;

    public LinkOrigin Origin { get; } = origin;

    /// <summary>Whether this side's attempt to connect fails with it, if there is no other.</summary>
    public bool IsAttempt { get; set; } = isAttempt;

    public LinkHandshake Handshake { get; } = handshake;

    /// <summary>How the link travels, as both sides show it.</summary>
    public LinkPath Path => Origin.PathWith(Handshake.RemotePath);

    /// <summary>Whether the other side's name belongs to this link while it is set up.</summary>
    public bool UsesName =>
        Origin.IsRequester || Handshake.State is HandshakeState.AwaitingRequest or HandshakeState.AwaitingDecision;

    /// <summary>Whether both sides have accepted each other. Set by <see cref="LinkSet.MarkOpen"/>.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Whether it carries a request that this side's person has not answered.</summary>
    public bool HasRequest { get; set; }

    /// <summary>Whether the other side's Resume has arrived on it.</summary>
    public bool IsResumed { get; set; }
}
