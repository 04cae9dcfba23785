using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>Decorates a store: observes each call with <see cref="StoreObserver"/>.</summary>
internal sealed class ObservedPeerStore(IPeerStore store, StoreObserver observer) : IPeerStore
{
    public string SystemName => store.SystemName;

    public int ShardCount => store.ShardCount;

    public ShardSignal Signal => store.Signal;

    public Task<RegisterResult> RegisterAsync(PeerRegistration registration, CancellationToken cancellationToken) =>
        ObserveAsync("register", () => store.RegisterAsync(registration, cancellationToken));

    public Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellationToken) =>
        ObserveAsync("renew", () => store.RenewAsync(username, tokenHash, cancellationToken));

    public Task<UnregisterResult> UnregisterAsync(
        Username username,
        string peerId,
        long sequence,
        bool release,
        CancellationToken cancellationToken
    ) => ObserveAsync("leave", () => store.UnregisterAsync(username, peerId, sequence, release, cancellationToken));

    public Task<bool> RemoveAsync(Username username, CancellationToken cancellationToken) =>
        ObserveAsync("remove", () => store.RemoveAsync(username, cancellationToken));

    public Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellationToken) =>
        ObserveAsync("find", () => store.FindAsync(username, withRecord, cancellationToken));

    public Task<HolderLookup> FindForHolderAsync(
        Username username,
        LeaseToken token,
        CancellationToken cancellationToken
    ) => ObserveAsync("find", () => store.FindForHolderAsync(username, token, cancellationToken));

    public Task<PeerPage> ListAsync(string? after, int limit, CancellationToken cancellationToken) =>
        ObserveAsync("list", () => store.ListAsync(after, limit, cancellationToken));

    public Task<ClaimCounts> CountClaimsAsync(Claimant claimant, CancellationToken cancellationToken) =>
        ObserveAsync("count", () => store.CountClaimsAsync(claimant, cancellationToken));

    public Task<SweepResult> SweepAsync(CancellationToken cancellationToken) =>
        ObserveAsync("sweep", () => store.SweepAsync(cancellationToken));

    public Task<long> GetHeadAsync(int shard, CancellationToken cancellationToken) =>
        ObserveAsync("head", () => store.GetHeadAsync(shard, cancellationToken));

    public Task<EventBatch> ReadEventsAsync(int shard, long after, int limit, CancellationToken cancellationToken) =>
        ObserveAsync("events", () => store.ReadEventsAsync(shard, after, limit, cancellationToken));

    public Task<string> EnsureDirectoryIdAsync(string proposal, CancellationToken cancellationToken) =>
        ObserveAsync("directory_id", () => store.EnsureDirectoryIdAsync(proposal, cancellationToken));

    public Task<string> EnsureClaimantKeyAsync(string proposal, CancellationToken cancellationToken) =>
        ObserveAsync("claimant_key", () => store.EnsureClaimantKeyAsync(proposal, cancellationToken));

    private Task<T> ObserveAsync<T>(string operation, Func<Task<T>> call) =>
        observer.ObserveAsync(store.SystemName, operation, call);
}
