namespace P2PChat.Protocol.Sessions;

/// <summary>One link of a session, from TLS to its end.</summary>
internal sealed class SessionLink(int id, bool isOutbound, LinkHandshake handshake)
{
    public int Id { get; } = id;

    public bool IsOutbound { get; } = isOutbound;

    public LinkHandshake Handshake { get; } = handshake;

    /// <summary>Whether both sides have accepted each other. Set by <see cref="LinkSet.MarkOpen"/>.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Whether it carries a request that this side's person has not answered.</summary>
    public bool HasRequest { get; set; }

    /// <summary>Whether the other side's Resume has arrived on it.</summary>
    public bool IsResumed { get; set; }
}
