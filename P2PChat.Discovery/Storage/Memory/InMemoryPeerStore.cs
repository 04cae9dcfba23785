using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>Keeps claims and events in memory, for a single replica without Redis.</summary>
internal sealed class InMemoryPeerStore : IPeerStore
{
    private const int SweepBatch = 1_000;

    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _lease;
    private readonly SteadyClock _clock;

    // Guards the claims and the events.
    private readonly Lock _gate = new();
    private readonly EventLog _events;
    private readonly ClaimTable _claims;
    private string? _directoryId;

    public InMemoryPeerStore(TimeProvider timeProvider, IOptions<DirectoryOptions> options)
    {
        _timeProvider = timeProvider;
        _lease = options.Value.Lease;
        _clock = new SteadyClock(timeProvider);
        _events = new EventLog(timeProvider, options.Value.EventsKept, Signal);
        _claims = new ClaimTable(options.Value, _events);
    }

    public string SystemName => "memory";

    public int ShardCount => 1;

    public ShardSignal Signal { get; } = new();

    // In milliseconds, as in Redis. Leases and claims end with the process, so they can use a monotonic clock, which a
    // jump of the wall clock does not affect.
    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());

    public Task<RegisterResult> RegisterAsync(PeerRegistration registration, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            var claim = _claims.Settle(registration.Username.Value, now);
            if (claim is not null && claim.PeerId != registration.PeerId)
            {
                return Task.FromResult(new RegisterResult(RegisterOutcome.NameTaken));
            }

            if (claim is not null && IsStale(registration.Sequence, claim))
            {
                return Task.FromResult(new RegisterResult(RegisterOutcome.StaleSequence, LastSequence: claim.Sequence));
            }

            var outcome = claim is null ? RegisterOutcome.Created : RegisterOutcome.Replaced;
            claim = _claims.Register(claim, registration, now);
            return Task.FromResult(new RegisterResult(outcome, ToWallTime(claim.Ends)));
        }
    }

    public Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            if (_claims.Find(username.Value, now) is not { } claim)
            {
                return Task.FromResult(new RenewResult(RenewOutcome.UnknownPeer));
            }

            if (!claim.IsHeldBy(tokenHash, now))
            {
                return Task.FromResult(new RenewResult(RenewOutcome.UnknownToken));
            }

            _claims.RenewLease(claim, now);
            return Task.FromResult(new RenewResult(RenewOutcome.Renewed, ToWallTime(claim.Ends)));
        }
    }

    public Task<UnregisterResult> UnregisterAsync(
        Username username,
        string peerId,
        long sequence,
        bool release,
        CancellationToken cancellationToken
    )
    {
        lock (_gate)
        {
            var now = Now;
            var claim = _claims.Settle(username.Value, now);
            if (claim is null)
            {
                return Task.FromResult(new UnregisterResult(UnregisterOutcome.UnknownPeer));
            }

            if (claim.PeerId != peerId)
            {
                return Task.FromResult(new UnregisterResult(UnregisterOutcome.NameTaken));
            }

            if (IsStale(sequence, claim))
            {
                return Task.FromResult(new UnregisterResult(UnregisterOutcome.StaleSequence, claim.Sequence));
            }

            claim.Sequence = sequence;
            release |= claim.Online && claim.Ephemeral;
            _claims.Unregister(claim, now);
            if (release)
            {
                _claims.Free(claim);
            }

            return Task.FromResult(
                new UnregisterResult(release ? UnregisterOutcome.Released : UnregisterOutcome.LeaseEnded)
            );
        }
    }

    public Task<bool> RemoveAsync(Username username, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            var claim = _claims.Settle(username.Value, now);
            if (claim is null)
            {
                return Task.FromResult(false);
            }

            _claims.Unregister(claim, now);
            _claims.Free(claim);
            return Task.FromResult(true);
        }
    }

    public Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(Find(username, Now, withRecord));
        }
    }

    public Task<HolderLookup> FindForHolderAsync(
        Username username,
        LeaseToken token,
        CancellationToken cancellationToken
    )
    {
        lock (_gate)
        {
            var now = Now;
            var holds = _claims.Find(token.Username.Value, now)?.IsHeldBy(token.Hash, now) ?? false;
            return Task.FromResult(new HolderLookup(holds, holds ? Find(username, now, withRecord: true) : null));
        }
    }

    public Task<PeerPage> ListAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            var peers = new List<StoredPeer>();
            foreach (var name in _claims.ListedFrom(after))
            {
                if (name == after || _claims.Find(name, now) is not { } claim)
                {
                    continue;
                }

                if (peers.Count == limit)
                {
                    return Task.FromResult(new PeerPage(peers, HasMore: true));
                }

                peers.Add(Describe(claim, now, withRecord: false));
            }

            return Task.FromResult(new PeerPage(peers, HasMore: false));
        }
    }

    public Task<ClaimCounts> CountClaimsAsync(Claimant claimant, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(new ClaimCounts(_claims.CountBy(claimant.Pseudonym), _claims.All.Count));
        }
    }

    public Task<SweepResult> SweepAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_claims.Sweep(Now, SweepBatch));
        }
    }

    public Task<long> GetHeadAsync(int shard, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_events.Head);
        }
    }

    public Task<EventBatch> ReadEventsAsync(int shard, long after, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_events.Read(after, limit));
        }
    }

    public Task<string> EnsureDirectoryIdAsync(string proposal, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_directoryId ??= proposal);
        }
    }

    // Claims end with this process, so the key may too.
    public Task<string> EnsureClaimantKeyAsync(string proposal, CancellationToken cancellationToken) =>
        Task.FromResult(proposal);

    /// <summary>
    /// Runs an action on a claim under the store's lock, with the current time; null if the name is not claimed.
    /// </summary>
    public T WithClaim<T>(Username username, Func<Claim?, DateTimeOffset, T> action)
    {
        lock (_gate)
        {
            var now = Now;
            return action(_claims.Find(username.Value, now), now);
        }
    }

    /// <summary>Runs an action on all claims, expired ones included, under the store's lock.</summary>
    public T WithClaims<T>(Func<IReadOnlyDictionary<string, Claim>, DateTimeOffset, T> action)
    {
        lock (_gate)
        {
            return action(_claims.All, Now);
        }
    }

    /// <summary>Converts a time of this store to wall time, for responses.</summary>
    public DateTimeOffset ToWallTime(DateTimeOffset stored) =>
        stored + (_timeProvider.GetUtcNow() - _clock.GetUtcNow());

    // By the wall clock, because sequences come from the signers' wall clocks.
    private bool IsStale(long sequence, Claim claim) =>
        sequence <= claim.Sequence && SignedRecord.IsBinding((ulong)claim.Sequence, _timeProvider.GetUtcNow());

    private StoredPeer? Find(Username username, DateTimeOffset now, bool withRecord) =>
        _claims.Find(username.Value, now) is { } claim ? Describe(claim, now, withRecord) : null;

    private StoredPeer Describe(Claim claim, DateTimeOffset now, bool withRecord) =>
        new(
            claim.Username,
            claim.PeerId,
            claim.Online && claim.Ends > now,
            ToWallTime(claim.Online ? claim.Ends - _lease : claim.LastSeen),
            claim.Sequence,
            claim.Unlisted,
            withRecord ? claim.Signed : null
        );
}
