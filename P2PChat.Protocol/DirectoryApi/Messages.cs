using System.Text.Json.Serialization;

namespace P2PChat.Protocol.DirectoryApi;

/// <summary>
/// Body of <c>PUT</c> and <c>DELETE /peers/{username}</c>: a signed record, each part in base64 (RFC 4648, section 4).
/// </summary>
public sealed record SignedRecordBody(string Record, string Signature, string PublicKey);

/// <summary>Response of <c>PUT /peers/{username}</c>.</summary>
/// <param name="LeaseToken">Bearer token for the lease and for looking up other peers' records. Secret.</param>
/// <param name="LeaseExpiresAt">When the lease ends, by the directory's clock.</param>
/// <param name="RenewAfterSeconds">When to renew, with the directory's jitter included.</param>
/// <param name="ObservedAddress">The IP address from which this call came, if known.</param>
public sealed record RegistrationResponse(
    string Username,
    string PeerId,
    string LeaseToken,
    DateTimeOffset LeaseExpiresAt,
    double RenewAfterSeconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ObservedAddress = null
);

/// <summary>Response of <c>POST /peers/{username}/lease</c>.</summary>
public sealed record LeaseResponse(DateTimeOffset LeaseExpiresAt, double RenewAfterSeconds);

/// <summary>A peer in the response of <c>GET /peers</c>.</summary>
/// <param name="LastSeen">When its lease was last renewed, by the directory's clock.</param>
public sealed record PeerSummary(string Username, string PeerId, bool Online, DateTimeOffset LastSeen);

/// <summary>Response of <c>GET /peers</c>.</summary>
/// <param name="Next">The name to pass as <c>after</c> for the next page; null on the last.</param>
/// <param name="AsOf">If the store is unavailable and the replica answers from memory: the time of that state.</param>
public sealed record PeerListing(
    IReadOnlyList<PeerSummary> Peers,
    string? Next,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? AsOf = null
);

/// <summary>Response of <c>GET /peers/{username}</c>.</summary>
/// <param name="Signed">The peer's record with its endpoints; only for callers with a lease.</param>
/// <param name="AsOf">If the store is unavailable and the replica answers from memory: the time of that state.</param>
/// <param name="ObservedAddress">
/// The IP address from which the peer registered; only with a record that publishes it.
/// </param>
public sealed record PeerDetails(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SignedRecordBody? Signed = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? AsOf = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ObservedAddress = null
);

/// <summary>Response of <c>GET /directory</c>.</summary>
/// <param name="DirectoryId">16 bytes in lower-case hex, the same for all replicas.</param>
/// <param name="Reach">Its services for finding paths; null from an older directory.</param>
/// <param name="Files">Whether it stores files for peers that are away; null from an older directory.</param>
public sealed record DirectoryInfo(
    string DirectoryId,
    string Version,
    DirectoryLimits Limits,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DirectoryReach? Reach = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DirectoryFiles? Files = null
);

/// <summary>The limits of a directory.</summary>
public sealed record DirectoryLimits(
    int RegistrationBodyBytes,
    int PageSize,
    double LeaseSeconds,
    double ClaimDays,
    double ClockSkewSeconds
);

/// <summary>Data of an event of <c>GET /peers/events</c>.</summary>
/// <param name="Reason">With <c>left</c>: <c>unregistered</c> or <c>expired</c>.</param>
public sealed record PeerEventData(
    string Username,
    string PeerId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null
);

/// <summary>Names of the events of <c>GET /peers/events</c>.</summary>
public static class PeerEventTypes
{
    public const string Joined = "joined";
    public const string Updated = "updated";
    public const string Left = "left";

    /// <summary>Events after <c>Last-Event-ID</c> are no longer available: list the peers again.</summary>
    public const string Reset = "reset";

    public const string Unregistered = "unregistered";
    public const string Expired = "expired";
}

/// <summary>Response of <c>POST /peers/{username}/mailbox</c>.</summary>
/// <param name="ExpiresAt">When the envelope expires, by the directory's clock.</param>
public sealed record DepositResponse(DateTimeOffset ExpiresAt);

/// <summary>An envelope of <c>GET /peers/{username}/mailbox</c>.</summary>
/// <param name="Id">Opaque id, for deleting the envelope.</param>
/// <param name="Envelope">The envelope in base64 (RFC 4648, section 4).</param>
public sealed record MailboxEnvelope(string Id, string Envelope);

/// <summary>Response of <c>GET /peers/{username}/mailbox</c>, oldest first.</summary>
/// <param name="Next">The value to pass as <c>after</c> for the next page; null on the last.</param>
public sealed record MailboxPage(IReadOnlyList<MailboxEnvelope> Envelopes, string? Next);

/// <summary>Names of the events of <c>GET /peers/{username}/signals</c>.</summary>
public static class SignalTypes
{
    /// <summary>Mail is waiting.</summary>
    public const string Mail = "mail";

    /// <summary>Another peer wants to find a path to this one: <see cref="SessionSignal"/>.</summary>
    public const string Session = "session";

    /// <summary>The other side of a session has sent something: <see cref="PathSignal"/>.</summary>
    public const string Path = "path";
}

/// <summary>Body of <c>POST /invites</c>: a join code, of which the directory learns only the hash.</summary>
/// <param name="CodeHash">SHA-256 of the code's 32 bytes, in base64url.</param>
/// <param name="Uses">How many keys may join with it, 1 to 100.</param>
/// <param name="ExpiresAt">When it expires; at most 90 days from now, or the directory shortens it.</param>
public sealed record JoinCodeBody(string CodeHash, int Uses, DateTimeOffset ExpiresAt);

/// <summary>Response of <c>POST /invites</c>.</summary>
/// <param name="ExpiresAt">When the code expires, by the directory's clock.</param>
public sealed record JoinCodeResponse(DateTimeOffset ExpiresAt);

/// <summary>A key that joined with a code, in the response of <c>GET /admin/members</c>.</summary>
/// <param name="Usernames">The names that it has registered, at most 8.</param>
/// <param name="InvitedBy">PeerId of the peer that made the code.</param>
/// <param name="LastSeen">When it last registered, by the directory's clock.</param>
public sealed record MemberSummary(
    string PeerId,
    IReadOnlyList<string> Usernames,
    string InvitedBy,
    DateTimeOffset JoinedAt,
    DateTimeOffset LastSeen
);

/// <summary>Response of <c>GET /admin/members</c>, by PeerId.</summary>
/// <param name="Next">The value to pass as <c>after</c> for the next page; null on the last.</param>
public sealed record MemberListing(IReadOnlyList<MemberSummary> Members, string? Next);

/// <summary>Whether a directory stores files for peers that are away.</summary>
/// <param name="MaxBytes">Maximum size of a sealed file, in bytes.</param>
/// <param name="KeptDays">How long a file waits.</param>
/// <param name="Reason">
/// Why it stores none: <c>off</c>, <c>unchecked</c>, <c>not_shared</c>, <c>missing_folder</c>,
/// <c>foreign_folder</c> or <c>unusable</c>.
/// Others may be added.
/// </param>
public sealed record DirectoryFiles(
    bool Enabled,
    long MaxBytes,
    double KeptDays,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null
);

/// <summary>A file that waits for the owner of a name.</summary>
/// <param name="Id">32 lower-case hexadecimal digits, chosen by its sender.</param>
/// <param name="Size">Size in bytes, sealed.</param>
/// <param name="Digest">SHA-256 of these bytes, in base64 (RFC 4648, section 4).</param>
public sealed record WaitingFileEntry(string Id, long Size, string Digest, DateTimeOffset ExpiresAt);

/// <summary>Response of <c>GET /peers/{username}/files</c>: all files that wait for the name's owner.</summary>
public sealed record FileListing(IReadOnlyList<WaitingFileEntry> Files);

/// <summary>Source-generated JSON serialization of the directory's contract.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SignedRecordBody))]
[JsonSerializable(typeof(RegistrationResponse))]
[JsonSerializable(typeof(LeaseResponse))]
[JsonSerializable(typeof(PeerListing))]
[JsonSerializable(typeof(PeerDetails))]
[JsonSerializable(typeof(DirectoryInfo))]
[JsonSerializable(typeof(PeerEventData))]
[JsonSerializable(typeof(DepositResponse))]
[JsonSerializable(typeof(MailboxPage))]
[JsonSerializable(typeof(FileListing))]
[JsonSerializable(typeof(JoinCodeBody))]
[JsonSerializable(typeof(JoinCodeResponse))]
[JsonSerializable(typeof(MemberListing))]
[JsonSerializable(typeof(PathSessionBody))]
[JsonSerializable(typeof(PathSessionResponse))]
[JsonSerializable(typeof(PathSignalBody))]
[JsonSerializable(typeof(SessionSignal))]
[JsonSerializable(typeof(PathSignal))]
public sealed partial class DirectoryJson : JsonSerializerContext;
