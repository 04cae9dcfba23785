using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>How a link came about, as one side knows it before the first frame.</summary>
/// <param name="IsTlsClient">
/// Whether this side is the TLS client, and so numbers the link (docs/protocol.md, section 8). The other side is the
/// TLS server.
/// </param>
/// <param name="IsRequester">
/// Whether this side asks to connect, and so sends the Request. On punched and relayed links it may be the TLS server.
/// </param>
/// <param name="Path">
/// How the link travels. Both sides know for sure whether it is relayed. Otherwise the TLS server learns the path from
/// the client's Hello.
/// </param>
public readonly record struct LinkOrigin(bool IsTlsClient, bool IsRequester, LinkPath Path)
{
    /// <summary>A link that this side dialled.</summary>
    public static LinkOrigin Dialled { get; } = new(IsTlsClient: true, IsRequester: true, LinkPath.Direct);

    /// <summary>A link that the other side dialled.</summary>
    public static LinkOrigin Accepted { get; } = new(IsTlsClient: false, IsRequester: false, LinkPath.Direct);

    /// <summary>Whether the link goes through the directory's relay.</summary>
    public bool IsRelayed => Path == LinkPath.Relayed;

    /// <summary>The path to show, from this side's knowledge and what the other side's Hello says.</summary>
    /// <param name="told">Unspecified if the other side is the TLS server, or an older version.</param>
    internal LinkPath PathWith(LinkPath told) =>
        IsTlsClient || IsRelayed || told is not (LinkPath.Lan or LinkPath.Direct or LinkPath.Punched) ? Path : told;
}
