using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>Claims and events of a single replica without Redis. They are one shard.</summary>
internal sealed class LocalPeerStore : IPeerStore
{
    private const int SweepBatch = 1_000;
    private const string DirectoryIdKey = "directory-id";
    private const string ClaimantKeyKey = "claimant-key";

    private readonly ILocalData _data;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _lease;
    private readonly LiveClaims _live;
    private readonly ClaimTable _claims;

    public LocalPeerStore(ILocalData data, TimeProvider timeProvider, IOptions<DirectoryOptions> options)
    {
        _data = data;
        _timeProvider = timeProvider;
        _lease = options.Value.Lease;
        _live = new LiveClaims(options.Value, data.Claims);
        _claims = new ClaimTable(options.Value, data, Signal);
    }

    public string SystemName => _data.SystemName;

    public int ShardCount => 1;

    public ShardSignal Signal { get; } = new();

    public Task<RegisterResult> RegisterAsync(PeerRegistration registration, CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            var claim = _claims.Settle(registration.Username.Value, time);
            if (claim is not null && claim.PeerId != registration.PeerId)
            {
                return new RegisterResult(RegisterOutcome.NameTaken);
            }

            if (claim is not null && IsStale(registration.Sequence, claim))
            {
                return new RegisterResult(RegisterOutcome.StaleSequence, LastSequence: claim.Sequence);
            }

            var registered = _claims.Register(claim, registration, time.Now);
            return new RegisterResult(
                claim is null ? RegisterOutcome.Created : RegisterOutcome.Replaced,
                _data.ToWallTime(registered.Ends)
            );
        });

    public Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            if (_live.Find(username.Value, time) is not { } claim)
            {
                return new RenewResult(RenewOutcome.UnknownPeer);
            }

            return claim.IsHeldBy(tokenHash, time.Now)
                ? new RenewResult(RenewOutcome.Renewed, _data.ToWallTime(_claims.RenewLease(claim, time.Now).Ends))
                : new RenewResult(RenewOutcome.UnknownToken);
        });

    public Task<UnregisterResult> UnregisterAsync(
        Username username,
        string peerId,
        long sequence,
        bool release,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            var claim = _claims.Settle(username.Value, time);
            if (claim is null)
            {
                return new UnregisterResult(UnregisterOutcome.UnknownPeer);
            }

            if (claim.PeerId != peerId)
            {
                return new UnregisterResult(UnregisterOutcome.NameTaken);
            }

            if (IsStale(sequence, claim))
            {
                return new UnregisterResult(UnregisterOutcome.StaleSequence, claim.Sequence);
            }

            _claims.Unregister(claim with { Sequence = sequence }, time.Now);
            if (!release && !(claim.Online && claim.Ephemeral))
            {
                return new UnregisterResult(UnregisterOutcome.LeaseEnded);
            }

            _claims.Free(claim);
            return new UnregisterResult(UnregisterOutcome.Released);
        });

    public Task<bool> RemoveAsync(Username username, CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            if (_claims.Settle(username.Value, time) is not { } claim)
            {
                return false;
            }

            _claims.Unregister(claim, time.Now);
            _claims.Free(claim);
            return true;
        });

    public Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellationToken) =>
        RunAsync(time => Find(username, time, withRecord));

    public Task<HolderLookup> FindForHolderAsync(
        Username username,
        LeaseToken token,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            var holds = _live.Find(token.Username.Value, time)?.IsHeldBy(token.Hash, time.Now) ?? false;
            return new HolderLookup(holds, holds ? Find(username, time, withRecord: true) : null);
        });

    public Task<PeerPage> ListAsync(string? after, int limit, CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            var peers = new List<StoredPeer>();
            foreach (var claim in _live.ListedAfter(after, time))
            {
                if (peers.Count == limit)
                {
                    return new PeerPage(peers, HasMore: true);
                }

                peers.Add(Describe(claim, time));
            }

            return new PeerPage(peers, HasMore: false);
        });

    public Task<ClaimCounts> CountClaimsAsync(Claimant claimant, CancellationToken cancellationToken) =>
        RunAsync(_ => new ClaimCounts(_data.Claims.CountBy(claimant.Pseudonym), _data.Claims.Count));

    public Task<SweepResult> SweepAsync(CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            _data.NoteSweep(time.Now);
            return _claims.Sweep(time, SweepBatch);
        });

    public Task<long> GetHeadAsync(int shard, CancellationToken cancellationToken) => RunAsync(_ => _data.Events.Head);

    public Task<EventBatch> ReadEventsAsync(int shard, long after, int limit, CancellationToken cancellationToken) =>
        RunAsync(_ =>
        {
            var (events, head) = (_data.Events, _data.Events.Head);
            return after > head || after < events.Oldest - 1
                ? new EventBatch(head, Lost: true, [])
                : new EventBatch(head, Lost: false, events.ReadAfter(after, limit));
        });

    public Task<string> EnsureDirectoryIdAsync(string proposal, CancellationToken cancellationToken) =>
        RunAsync(_ => _data.Keep(DirectoryIdKey, proposal));

    public Task<string> EnsureClaimantKeyAsync(string proposal, CancellationToken cancellationToken) =>
        RunAsync(_ => _data.Keep(ClaimantKeyKey, proposal));

    private Task<T> RunAsync<T>(Func<StoreTime, T> action) => Task.FromResult(_data.Run(action));

    // By the wall clock, because sequences come from the signers' wall clocks.
    private bool IsStale(long sequence, Claim claim) =>
        sequence <= claim.Sequence && SignedRecord.IsBinding((ulong)claim.Sequence, _timeProvider.GetUtcNow());

    private StoredPeer? Find(Username username, StoreTime time, bool withRecord)
    {
        if (_live.Find(username.Value, time) is not { } claim)
        {
            return null;
        }

        var peer = Describe(claim, time);
        return withRecord ? peer with { Signed = _data.Claims.FindRecord(claim.Username) } : peer;
    }

    private StoredPeer Describe(Claim claim, StoreTime time)
    {
        var isOnline = claim.Online && claim.Ends > time.Now;
        return new StoredPeer(
            claim.Username,
            claim.PeerId,
            isOnline,
            _data.ToWallTime(claim.Online ? claim.Ends - _lease : claim.LastSeen),
            claim.Sequence,
            claim.Unlisted,
            ObservedAddress: isOnline && claim.ObservedAddress.Length > 0 ? claim.ObservedAddress : null
        );
    }
}
