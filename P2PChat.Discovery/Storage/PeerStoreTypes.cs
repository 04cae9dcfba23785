using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage;

/// <summary>Pseudonyms of the address that claims a name, stored instead of the address.</summary>
/// <param name="Former">The pseudonym written by older replicas, whose key is public; null to ignore it.</param>
internal readonly record struct Claimant(string Pseudonym, string? Former = null)
{
    /// <summary>Computes the pseudonym of an address.</summary>
    /// <param name="key">Secret, because anyone who has it can try all addresses.</param>
    public static string PseudonymOf(string address, ReadOnlySpan<byte> key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(address)).AsSpan(0, 8));
}

/// <summary>A validated registration.</summary>
/// <param name="TokenHash">Hash of the lease token. The store never sees the token.</param>
/// <param name="TakesRequests">Whether the name's request box is open.</param>
/// <param name="ObservedAddress">IP address that the registration came from; null to store none.</param>
internal sealed record PeerRegistration(
    Username Username,
    string PeerId,
    long Sequence,
    bool Ephemeral,
    bool Unlisted,
    Claimant Claimant,
    SignedRecord Signed,
    string TokenHash,
    bool TakesRequests = false,
    string? ObservedAddress = null
);

internal enum RegisterOutcome
{
    Created,
    Replaced,
    NameTaken,
    StaleSequence,
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

internal enum UnregisterOutcome
{
    /// <summary>The lease has ended; the claim continues.</summary>
    LeaseEnded,

    /// <summary>The claim has ended; the name is free.</summary>
    Released,
    UnknownPeer,
    NameTaken,
    StaleSequence,
}

internal readonly record struct UnregisterResult(UnregisterOutcome Outcome, long LastSequence = 0);

/// <summary>A claimed name and the state of its peer.</summary>
/// <param name="Sequence">Sequence of the last record; 0 if it was not read, as in lists.</param>
/// <param name="Signed">Null if it was not read.</param>
/// <param name="ObservedAddress">
/// IP address of its last registration; null if none is stored, it was not read, or the peer is offline.
/// </param>
internal sealed record StoredPeer(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    long Sequence = 0,
    bool Unlisted = false,
    SignedRecord? Signed = null,
    string? ObservedAddress = null
);

/// <param name="Holds">Whether the caller's token belongs to a live lease.</param>
/// <param name="Peer">Null if the name is not claimed or the token does not hold.</param>
internal readonly record struct HolderLookup(bool Holds, StoredPeer? Peer);

internal readonly record struct PeerPage(IReadOnlyList<StoredPeer> Peers, bool HasMore);

internal readonly record struct ClaimCounts(long ByClaimant, long InTotal);

/// <param name="Expired">Leases that this sweep ended.</param>
/// <param name="Freed">Claims that this sweep ended.</param>
/// <param name="Leases">Live leases.</param>
/// <param name="Claims">Claimed names.</param>
internal readonly record struct SweepResult(int Expired, int Freed, long Leases, long Claims);

/// <summary>The store cannot be reached, does not answer in time, or holds unreadable data.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
