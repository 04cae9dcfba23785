using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// Stores claims, leases and events: in Redis, or for a single replica in SQLite or in memory. Times are the store's
/// own. Expired leases and claims count as gone at once, swept or not.
/// </summary>
/// <remarks>Each call may throw <see cref="StoreUnavailableException"/>.</remarks>
internal interface IPeerStore
{
    /// <summary>The store's name in telemetry, as OpenTelemetry's <c>db.system.name</c> defines it.</summary>
    string SystemName { get; }

    /// <summary>Number of shards. Events are ordered within a shard only.</summary>
    int ShardCount { get; }

    /// <summary>Signals the shards that have new events.</summary>
    ShardSignal Signal { get; }

    /// <summary>Claims the name or replaces its record, and starts a lease.</summary>
    Task<RegisterResult> RegisterAsync(PeerRegistration registration, CancellationToken cancellationToken);

    Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellationToken);

    /// <summary>Ends the lease, and with <paramref name="release"/> the claim too.</summary>
    Task<UnregisterResult> UnregisterAsync(
        Username username,
        string peerId,
        long sequence,
        bool release,
        CancellationToken cancellationToken
    );

    /// <summary>Removes the claim and lease, regardless of owner.</summary>
    /// <returns>False if the name was not claimed.</returns>
    Task<bool> RemoveAsync(Username username, CancellationToken cancellationToken);

    /// <returns>The peer; null if the name is not claimed.</returns>
    Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellationToken);

    /// <summary>Finds a peer with its record, if <paramref name="token"/> belongs to a live lease.</summary>
    Task<HolderLookup> FindForHolderAsync(Username username, LeaseToken token, CancellationToken cancellationToken);

    /// <summary>Returns the listed peers after <paramref name="after"/>, in ordinal order of their names.</summary>
    Task<PeerPage> ListAsync(string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Counts the names claimed under either pseudonym.</summary>
    Task<ClaimCounts> CountClaimsAsync(Claimant claimant, CancellationToken cancellationToken);

    /// <summary>Ends expired leases and claims. Several replicas may sweep at once; each end emits one event.</summary>
    Task<SweepResult> SweepAsync(CancellationToken cancellationToken);

    /// <summary>Returns the number of the shard's newest event.</summary>
    Task<long> GetHeadAsync(int shard, CancellationToken cancellationToken);

    /// <summary>Reads a shard's events after <paramref name="after"/>, oldest first.</summary>
    Task<EventBatch> ReadEventsAsync(int shard, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Returns the id that all replicas share. The first proposal becomes the id.</summary>
    Task<string> EnsureDirectoryIdAsync(string proposal, CancellationToken cancellationToken);

    /// <summary>
    /// Returns the key of <see cref="Claimant.Pseudonym"/> that all replicas share. The first proposal becomes the key.
    /// </summary>
    Task<string> EnsureClaimantKeyAsync(string proposal, CancellationToken cancellationToken);
}
