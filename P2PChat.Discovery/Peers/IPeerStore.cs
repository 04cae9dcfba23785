using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Peers;

/// <summary>
/// Where claims, leases and events are: Redis, or memory for a single replica. Time is the store's own. What has run out
/// counts as gone at once, for readers and writers, whether a sweep has been there or not.
/// </summary>
/// <remarks>Each call may throw <see cref="StoreUnavailableException"/>.</remarks>
internal interface IPeerStore
{
    /// <summary>The store's name in telemetry, as OpenTelemetry's <c>db.system.name</c> has it.</summary>
    string SystemName { get; }

    /// <summary>Shards whose events are ordered, each for itself.</summary>
    int ShardCount { get; }

    /// <summary>Tells which shards have new events.</summary>
    ShardSignal Signal { get; }

    /// <summary>Claims the name or replaces its record, and begins a lease.</summary>
    Task<RegisterResult> RegisterAsync(Registration registration, CancellationToken cancellation);

    Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellation);

    /// <summary>Ends the lease, and with <paramref name="release"/> the claim too.</summary>
    Task<LeaveResult> LeaveAsync(
        Username username,
        string peerId,
        long sequence,
        bool release,
        CancellationToken cancellation
    );

    /// <summary>Ends claim and lease, whoever's they are.</summary>
    /// <returns>Whether anybody claimed the name.</returns>
    Task<bool> RemoveAsync(Username username, CancellationToken cancellation);

    /// <summary>Null where nobody claims the name.</summary>
    Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellation);

    /// <summary>Finds a peer with its record, for one who brings the token of a lease.</summary>
    Task<HolderFound> FindForHolderAsync(Username username, LeaseToken token, CancellationToken cancellation);

    /// <summary>Listed peers in ordinal order of their names, those after <paramref name="after"/>.</summary>
    Task<PeerPage> ListAsync(string? after, int limit, CancellationToken cancellation);

    /// <summary>Counts names under either pseudonym.</summary>
    Task<ClaimCounts> CountClaimsAsync(Claimant claimant, CancellationToken cancellation);

    /// <summary>Ends what has run out. Several replicas may sweep at once; each end makes one event.</summary>
    Task<SweepResult> SweepAsync(CancellationToken cancellation);

    /// <summary>Number of the shard's newest event.</summary>
    Task<long> GetHeadAsync(int shard, CancellationToken cancellation);

    /// <summary>Events of a shard that follow <paramref name="after"/>, oldest first.</summary>
    Task<EventBatch> ReadEventsAsync(int shard, long after, int limit, CancellationToken cancellation);

    /// <summary>The id that all replicas share. If the store has none, <paramref name="proposal"/> becomes the key.</summary>
    Task<string> EnsureDirectoryIdAsync(string proposal, CancellationToken cancellation);

    /// <summary>The key of <see cref="Claimant.Pseudonym"/> that all replicas share. If the store has none, <paramref name="proposal"/> becomes the key.</summary>
    Task<string> EnsureClaimantKeyAsync(string proposal, CancellationToken cancellation);
}
