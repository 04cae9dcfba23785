using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Answer to <c>GET /api/peers</c>.</summary>
public sealed record PeersResponse(IReadOnlyList<PeerItem> Peers);

/// <summary>A peer on the directory's list.</summary>
/// <param name="Relation">This peer's relation to it.</param>
/// <param name="Verified">Whether this exact key is verified: compared, or in an invite.</param>
/// <param name="Waiting">Whether this peer's request waits in its request box until it is online.</param>
/// <param name="Path">How the open connection travels; null while not connected.</param>
/// <param name="DisplayName">See <see cref="ContactItem"/>.</param>
public sealed record PeerItem(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    Relation Relation,
    bool Verified = false,
    bool Waiting = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PathKind? Path = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DisplayName = null
);

/// <summary>How a connection reaches the other peer.</summary>
[JsonConverter(typeof(KebabCase<PathKind>))]
public enum PathKind
{
    /// <summary>By an address that was found on the local network, without the directory.</summary>
    Lan,

    /// <summary>By a connection from one peer to an address of the other.</summary>
    Direct,

    /// <summary>Through the NATs or firewalls of both sides, which connected at the same time.</summary>
    Punched,

    /// <summary>Through the directory's relay, which sees only ciphertext.</summary>
    Relayed,
}

/// <summary>The relation of this peer to another one.</summary>
[JsonConverter(typeof(KebabCase<Relation>))]
public enum Relation
{
    /// <summary>No connection and no open request.</summary>
    None,

    /// <summary>This peer asked to connect.</summary>
    [JsonStringEnumMemberName("asked")]
    RequestSent,

    /// <summary>The other peer asked to connect.</summary>
    [JsonStringEnumMemberName("asking")]
    RequestReceived,

    /// <summary>A connection is open.</summary>
    Connected,

    /// <summary>It is this peer itself.</summary>
    Ourselves,
}

/// <summary>Body of <c>POST /api/connections</c>: a username or an invite link.</summary>
/// <param name="Link">
/// Its key is pinned as verified, unless it leads to a room. Show its directory, username and key to the user first.
/// </param>
public sealed record ConnectRequest(string? Username = null, string? Link = null);

/// <summary>Answer to <c>POST /api/connections</c>.</summary>
/// <param name="Username">The peer to connect to, which is the inviter in a link.</param>
/// <param name="Outcome">What follows after a link was applied; null without a link.</param>
/// <param name="WaitsUntil">
/// If the other peer is away and takes requests: until when the request waits in its request box. Otherwise null.
/// </param>
/// <param name="Room">The id of the room to which the link leads; null if it leads to none.</param>
public sealed record ConnectResponse(
    string Username,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JoinOutcome? Outcome = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? WaitsUntil = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Room = null
);

/// <summary>The next step after an invite link was applied.</summary>
[JsonConverter(typeof(KebabCase<JoinOutcome>))]
public enum JoinOutcome
{
    /// <summary>The inviter is being dialled. The outcome follows as an event.</summary>
    Connecting,

    /// <summary>The inviter or the directory is away. This peer connects as soon as it can.</summary>
    Waiting,

    /// <summary>The inviter was connected already, and is now verified.</summary>
    Connected,
}

/// <summary>Answer to <c>GET /api/requests</c>.</summary>
public sealed record RequestsResponse(IReadOnlyList<RequestItem> Requests);

/// <summary>A request that waits for an answer.</summary>
/// <param name="PeerId">The key that the peer presented. People see its first seven characters.</param>
/// <param name="Invite">
/// Why the invite in the request does not count: <c>used</c>, <c>revoked</c> or <c>expired</c>. Null if it has none of
/// this peer's.
/// </param>
/// <param name="ByMail">Whether it came by mail: it waits for days, and the peer may be offline.</param>
public sealed record RequestItem(
    string Username,
    string PeerId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] InviteItemState? Invite = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool ByMail = false
);

/// <summary>A username and a key.</summary>
/// <param name="PeerId">The key that the peer presented. People see its first seven characters.</param>
public sealed record NameAndKeyData(string Username, string PeerId);

/// <summary>The reason why a connection ended, or was not established.</summary>
[JsonConverter(typeof(KebabCase<DisconnectReason>))]
public enum DisconnectReason
{
    /// <summary>The other user ended it.</summary>
    EndedByThem,

    /// <summary>This peer ended it.</summary>
    EndedByUs,

    /// <summary>The other peer shut down gracefully.</summary>
    WentOffline,

    /// <summary>The connection broke: a crash, or the network.</summary>
    ConnectionLost,

    /// <summary>Nothing was received for too long.</summary>
    Silent,

    /// <summary>The other side rejected the request.</summary>
    Rejected,

    /// <summary>The other side accepts no more requests at the moment.</summary>
    Busy,

    /// <summary>The other side rejected a request less than a minute ago.</summary>
    TooSoon,

    /// <summary>The request was not answered in time.</summary>
    NoAnswer,

    /// <summary>None of the other peer's addresses could be reached.</summary>
    Unreachable,

    /// <summary>An address of the other peer answers, but TLS fails.</summary>
    HandshakeFailed,

    /// <summary>The peer at that address has a different key than the directory says.</summary>
    WrongIdentity,

    /// <summary>The other side could not check this peer's name.</summary>
    NameRefused,

    /// <summary>The other side is connected to a different key under this peer's name.</summary>
    NameInUse,

    /// <summary>This side is connected to a different key under the other peer's name.</summary>
    NameHeldByAnother,

    /// <summary>The other side has pinned this peer's name to a different key.</summary>
    KeyRefused,

    /// <summary>The handshake took too long.</summary>
    HandshakeTimedOut,

    /// <summary>The two peers have no protocol version in common.</summary>
    VersionMismatch,

    /// <summary>One side violated the protocol.</summary>
    ProtocolError,

    /// <summary>One side failed, for example because its disk is full.</summary>
    InternalError,

    /// <summary>One side has too many links, or too much to write.</summary>
    Overloaded,

    /// <summary>The request waited in the other peer's request box for too long.</summary>
    RequestExpired,

    /// <summary>A reason that this version of the client does not know. No peer sends it.</summary>
    Other = -1,
}
