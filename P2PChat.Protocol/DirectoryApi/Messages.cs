using System.Text.Json.Serialization;

namespace P2PChat.Protocol.DirectoryApi;

/// <summary>Body of <c>PUT</c> and <c>DELETE /peers/{username}</c>: a signed record, each part in base64 (RFC 4648, section 4).</summary>
public sealed record SignedRecordBody(string Record, string Signature, string PublicKey);

/// <summary>Answer to <c>PUT /peers/{username}</c>.</summary>
/// <param name="LeaseToken">Bearer token for the lease and for looking up other peers' records. Secret.</param>
/// <param name="LeaseExpiresAt">By the directory's clock.</param>
/// <param name="RenewAfterSeconds">When to renew; the directory has spread it already.</param>
public sealed record RegistrationResponse(
    string Username,
    string PeerId,
    string LeaseToken,
    DateTimeOffset LeaseExpiresAt,
    double RenewAfterSeconds
);

/// <summary>Answer to <c>POST /peers/{username}/lease</c>.</summary>
public sealed record LeaseResponse(DateTimeOffset LeaseExpiresAt, double RenewAfterSeconds);

/// <summary>A line of <c>GET /peers</c>.</summary>
/// <param name="LastSeen">When its lease was last renewed, by the directory's clock.</param>
public sealed record PeerSummary(string Username, string PeerId, bool Online, DateTimeOffset LastSeen);

/// <summary>Answer to <c>GET /peers</c>.</summary>
/// <param name="Next">The name to pass as <c>after</c> for the next page; null on the last.</param>
/// <param name="AsOf">Set where the store is away and the replica answers from memory: when this was true.</param>
public sealed record PeerListing(
    IReadOnlyList<PeerSummary> Peers,
    string? Next,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? AsOf = null
);

/// <summary>Answer to <c>GET /peers/{username}</c>.</summary>
/// <param name="Signed">The peer's record with its endpoints; only for one who is registered.</param>
/// <param name="AsOf">Set where the store is away and the replica answers from memory: when this was true.</param>
public sealed record PeerDetails(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SignedRecordBody? Signed = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? AsOf = null
);

/// <summary>Answer to <c>GET /directory</c>.</summary>
/// <param name="DirectoryId">16 bytes in lower-case hex; the same for all replicas.</param>
public sealed record DirectoryInfo(string DirectoryId, string Version, DirectoryLimits Limits);

/// <summary>What a directory allows.</summary>
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

    /// <summary>What was asked for by <c>Last-Event-ID</c> is too long ago: list the peers again.</summary>
    public const string Reset = "reset";

    public const string Unregistered = "unregistered";
    public const string Expired = "expired";
}

/// <summary>Answer to <c>POST /peers/{username}/mailbox</c>.</summary>
/// <param name="ExpiresAt">When the envelope is given up, by the directory's clock.</param>
public sealed record DepositResponse(DateTimeOffset ExpiresAt);

/// <summary>An envelope of <c>GET /peers/{username}/mailbox</c>.</summary>
/// <param name="Id">For deleting it; opaque.</param>
/// <param name="Envelope">In base64 (RFC 4648, section 4).</param>
public sealed record MailboxEnvelope(string Id, string Envelope);

/// <summary>Answer to <c>GET /peers/{username}/mailbox</c>, oldest first.</summary>
/// <param name="Next">What to pass as <c>after</c> for the next page; null on the last.</param>
public sealed record MailboxPage(IReadOnlyList<MailboxEnvelope> Envelopes, string? Next);

/// <summary>Names of the events of <c>GET /peers/{username}/signals</c>.</summary>
public static class SignalTypes
{
    /// <summary>There is mail, or there is more.</summary>
    public const string Mail = "mail";
}

/// <summary>JSON of the directory's contract, without reflection.</summary>
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
public sealed partial class DirectoryJson : JsonSerializerContext;
