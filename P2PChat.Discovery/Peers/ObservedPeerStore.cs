using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Peers;

/// <summary>Any store, each call to it watched.</summary>
internal sealed class ObservedPeerStore(IPeerStore store, StoreObserver observer) : IPeerStore
{
    public string SystemName => store.SystemName;

    public int ShardCount => store.ShardCount;

    public ShardSignal Signal => store.Signal;

    public Task<RegisterResult> RegisterAsync(Registration registration, CancellationToken cancellation) =>
        ObserveAsync("register", () => store.RegisterAsync(registration, cancellation));

    public Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellation) =>
        ObserveAsync("renew", () => store.RenewAsync(username, tokenHash, cancellation));

    public Task<LeaveResult> LeaveAsync(
        Username username,
        string peerId,
        long sequence,
        bool release,
        CancellationToken cancellation
    ) => ObserveAsync("leave", () => store.LeaveAsync(username, peerId, sequence, release, cancellation));

    public Task<bool> RemoveAsync(Username username, CancellationToken cancellation) =>
        ObserveAsync("remove", () => store.RemoveAsync(username, cancellation));

    public Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellation) =>
        ObserveAsync("find", () => store.FindAsync(username, withRecord, cancellation));

    public Task<HolderFound> FindForHolderAsync(Username username, LeaseToken token, CancellationToken cancellation) =>
        ObserveAsync("find", () => store.FindForHolderAsync(username, token, cancellation));

    public Task<PeerPage> ListAsync(string? after, int limit, CancellationToken cancellation) =>
        ObserveAsync("list", () => store.ListAsync(after, limit, cancellation));

    public Task<ClaimCounts> CountClaimsAsync(Claimant claimant, CancellationToken cancellation) =>
        ObserveAsync("count", () => store.CountClaimsAsync(claimant, cancellation));

    public Task<SweepResult> SweepAsync(CancellationToken cancellation) =>
        ObserveAsync("sweep", () => store.SweepAsync(cancellation));

    public Task<long> GetHeadAsync(int shard, CancellationToken cancellation) =>
        ObserveAsync("head", () => store.GetHeadAsync(shard, cancellation));

    public Task<EventBatch> ReadEventsAsync(int shard, long after, int limit, CancellationToken cancellation) =>
        ObserveAsync("events", () => store.ReadEventsAsync(shard, after, limit, cancellation));

    public Task<string> EnsureDirectoryIdAsync(string proposal, CancellationToken cancellation) =>
        ObserveAsync("directory_id", () => store.EnsureDirectoryIdAsync(proposal, cancellation));

    public Task<string> EnsureClaimantKeyAsync(string proposal, CancellationToken cancellation) =>
        ObserveAsync("claimant_key", () => store.EnsureClaimantKeyAsync(proposal, cancellation));

    private Task<T> ObserveAsync<T>(string operation, Func<Task<T>> call) =>
        observer.ObserveAsync(store.SystemName, operation, call);
}
