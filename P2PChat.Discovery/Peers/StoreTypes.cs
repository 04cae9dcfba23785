using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers;

/// <summary>Pseudonyms of the address from which names are claimed.</summary>
/// <param name="Former">The pseudonym that older replicas write, with a public key; null if there are none.</param>
internal readonly record struct Claimant(string Pseudonym, string? Former = null);

/// <summary>A registration that has been checked.</summary>
/// <param name="TokenHash">Hash of the lease token; the store never sees the token.</param>
/// <param name="IsNew">Whether the name must be claimed by nobody, or must be, for this to be written; null where either will do.</param>
internal sealed record Registration(
    Username Username,
    string PeerId,
    long Sequence,
    bool Ephemeral,
    bool Unlisted,
    Claimant Claimant,
    SignedRecord Signed,
    string TokenHash,
    bool? IsNew = null
);

internal enum RegisterOutcome
{
    Created,
    Replaced,
    NameTaken,
    StaleSequence,

    /// <summary>The name is not as <see cref="Registration.IsNew"/> has it: nothing was written.</summary>
    Otherwise,
}

internal readonly record struct RegisterResult(
    RegisterOutcome Outcome,
    DateTimeOffset LeaseExpiresAt = default,
    long LastSequence = 0
);

internal enum RenewOutcome
{
    Renewed,
    UnknownToken,
    UnknownPeer,
}

internal readonly record struct RenewResult(RenewOutcome Outcome, DateTimeOffset LeaseExpiresAt = default);

internal enum LeaveOutcome
{
    /// <summary>The lease has ended, the claim goes on.</summary>
    Left,

    /// <summary>The name is free.</summary>
    Released,
    UnknownPeer,
    NameTaken,
    StaleSequence,
}

internal readonly record struct LeaveResult(LeaveOutcome Outcome, long LastSequence = 0);

/// <param name="Sequence">Of its last record; 0 where it was not asked for, as in lists.</param>
/// <param name="Signed">Null where it was not asked for.</param>
internal sealed record StoredPeer(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    long Sequence = 0,
    bool Unlisted = false,
    SignedRecord? Signed = null
);

/// <param name="Holds">Whether a lease lives that was given out with the asker's token.</param>
/// <param name="Peer">Null where nobody claims the name, and for one whose token does not hold.</param>
internal readonly record struct HolderFound(bool Holds, StoredPeer? Peer);

internal readonly record struct PeerPage(IReadOnlyList<StoredPeer> Peers, bool HasMore);

internal readonly record struct ClaimCounts(long ByClaimant, long InTotal);

/// <param name="Leases">Leases that live.</param>
/// <param name="Claims">Names that are claimed.</param>
internal readonly record struct SweepResult(int Expired, int Freed, long Leases, long Claims);

/// <summary>The store cannot be reached or does not answer in time.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
