using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Peers.Memory;

/// <summary>Serves a single replica where there is no Redis. What it holds ends with the process.</summary>
internal sealed class InMemoryPeerStore(TimeProvider time, IOptions<DirectoryOptions> options) : IPeerStore
{
    private const int SweepBatch = 1_000;

    private static readonly Comparer<(DateTimeOffset Ends, string Username)> SoonestFirst = Comparer<(
        DateTimeOffset Ends,
        string Username
    )>.Create((a, b) => a.Ends == b.Ends ? string.CompareOrdinal(a.Username, b.Username) : a.Ends.CompareTo(b.Ends));

    private readonly DirectoryOptions _options = options.Value;
    private readonly SteadyClock _clock = new(time);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Claim> _claims = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _listed = new(StringComparer.Ordinal);
    private readonly SortedSet<(DateTimeOffset Ends, string Username)> _expiries = new(SoonestFirst);
    private readonly Dictionary<string, int> _claimants = new(StringComparer.Ordinal);
    private readonly EventLog _events = new(time, options.Value.EventsKept);
    private string? _directoryId;
    private int _leases;

    public string SystemName => "memory";

    public int ShardCount => 1;

    public ShardSignal Signal { get; } = new();

    public Task<RegisterResult> RegisterAsync(Registration registration, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = Now;
            var name = registration.Username.Value;
            var claim = Settle(name, now);
            if (claim is not null && claim.PeerId != registration.PeerId)
            {
                return Task.FromResult(new RegisterResult(RegisterOutcome.NameTaken));
            }

            if (claim is not null && IsStale(registration.Sequence, claim))
            {
                return Task.FromResult(new RegisterResult(RegisterOutcome.StaleSequence, LastSequence: claim.Sequence));
            }

            if (registration.IsNew is { } isNew && isNew != claim is null)
            {
                return Task.FromResult(new RegisterResult(RegisterOutcome.Otherwise));
            }

            var outcome = claim is null ? RegisterOutcome.Created : RegisterOutcome.Replaced;
            var kind = claim is { Online: true } ? PeerEventTypes.Updated : PeerEventTypes.Joined;
            if (claim is null)
            {
                claim = new Claim
                {
                    Username = name,
                    PeerId = registration.PeerId,
                    Claimant = registration.Claimant.Pseudonym,
                };
                _claims.Add(name, claim);
                _claimants[claim.Claimant] = _claimants.GetValueOrDefault(claim.Claimant) + 1;
            }

            claim.Sequence = registration.Sequence;
            claim.Ephemeral = registration.Ephemeral;
            claim.Unlisted = registration.Unlisted;
            claim.Signed = registration.Signed;
            claim.TokenHash = registration.TokenHash;
            BeginLease(claim, now);
            if (claim.Unlisted)
            {
                _listed.Remove(name);
            }
            else
            {
                _listed.Add(name);
            }

            Emit(kind, claim);
            return Task.FromResult(new RegisterResult(outcome, ToWallTime(claim.Ends)));
        }
    }

    public Task<RenewResult> RenewAsync(Username username, string tokenHash, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = Now;
            if (Look(username.Value, now) is not { } claim)
            {
                return Task.FromResult(new RenewResult(RenewOutcome.UnknownPeer));
            }

            if (!Holds(claim, tokenHash, now))
            {
                return Task.FromResult(new RenewResult(RenewOutcome.UnknownToken));
            }

            BeginLease(claim, now);
            return Task.FromResult(new RenewResult(RenewOutcome.Renewed, ToWallTime(claim.Ends)));
        }
    }

    public Task<LeaveResult> LeaveAsync(
        Username username,
        string peerId,
        long sequence,
        bool release,
        CancellationToken cancellation
    )
    {
        lock (_gate)
        {
            var now = Now;
            var claim = Settle(username.Value, now);
            if (claim is null)
            {
                return Task.FromResult(new LeaveResult(LeaveOutcome.UnknownPeer));
            }

            if (claim.PeerId != peerId)
            {
                return Task.FromResult(new LeaveResult(LeaveOutcome.NameTaken));
            }

            if (IsStale(sequence, claim))
            {
                return Task.FromResult(new LeaveResult(LeaveOutcome.StaleSequence, claim.Sequence));
            }

            claim.Sequence = sequence;
            release |= claim.Online && claim.Ephemeral;
            if (claim.Online)
            {
                EndLease(claim, PeerEventTypes.Unregistered, at: now, seen: now);
            }

            if (release)
            {
                Free(claim);
            }

            return Task.FromResult(new LeaveResult(release ? LeaveOutcome.Released : LeaveOutcome.Left));
        }
    }

    public Task<bool> RemoveAsync(Username username, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = Now;
            var claim = Settle(username.Value, now);
            if (claim is null)
            {
                return Task.FromResult(false);
            }

            if (claim.Online)
            {
                EndLease(claim, PeerEventTypes.Unregistered, at: now, seen: now);
            }

            Free(claim);
            return Task.FromResult(true);
        }
    }

    public Task<StoredPeer?> FindAsync(Username username, bool withRecord, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = Now;
            return Task.FromResult(Look(username.Value, now) is { } claim ? Describe(claim, now, withRecord) : null);
        }
    }

    public Task<HolderFound> FindForHolderAsync(Username username, LeaseToken token, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = Now;
            if (Look(token.Username.Value, now) is not { } holder || !Holds(holder, token.Hash, now))
            {
                return Task.FromResult(new HolderFound(Holds: false, Peer: null));
            }

            var peer = Look(username.Value, now) is { } claim ? Describe(claim, now, withRecord: true) : null;
            return Task.FromResult(new HolderFound(Holds: true, peer));
        }
    }

    public Task<PeerPage> ListAsync(string? after, int limit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = Now;
            var peers = new List<StoredPeer>(Math.Min(limit, _listed.Count));
            // '~' is above all that a name may hold.
            foreach (var name in _listed.GetViewBetween(after ?? "", "~"))
            {
                if (name == after || Look(name, now) is not { } claim)
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

    public Task<ClaimCounts> CountClaimsAsync(Claimant claimant, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(new ClaimCounts(_claimants.GetValueOrDefault(claimant.Pseudonym), _claims.Count));
        }
    }

    public Task<SweepResult> SweepAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = Now;
            int expired = 0,
                freed = 0;
            while (
                expired + freed < SweepBatch && _expiries.Count > 0 && _expiries.Min is var (ends, name) && ends <= now
            )
            {
                var claim = _claims[name];
                if (claim.Online)
                {
                    Expire(claim);
                    expired++;
                }
                else
                {
                    Free(claim);
                    freed++;
                }
            }

            return Task.FromResult(new SweepResult(expired, freed, _leases, _claims.Count));
        }
    }

    public Task<long> GetHeadAsync(int shard, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(_events.Head);
        }
    }

    public Task<EventBatch> ReadEventsAsync(int shard, long after, int limit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(_events.Read(after, limit));
        }
    }

    /// <summary>For what hangs on a claim, within the same lock; null where nobody claims the name now.</summary>
    public T WithClaim<T>(Username username, Func<Claim?, DateTimeOffset, T> act)
    {
        lock (_gate)
        {
            var now = Now;
            return act(Look(username.Value, now), now);
        }
    }

    /// <summary>The same for all claims, those that have run out and wait for a sweep among them.</summary>
    public T WithClaims<T>(Func<IReadOnlyDictionary<string, Claim>, DateTimeOffset, T> act)
    {
        lock (_gate)
        {
            return act(_claims, Now);
        }
    }

    public Task<string> EnsureDirectoryIdAsync(string proposal, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult(_directoryId ??= proposal);
        }
    }

    // Claims end with this process, and so may the key.
    public Task<string> EnsureClaimantKeyAsync(string proposal, CancellationToken cancellation) =>
        Task.FromResult(proposal);

    // In milliseconds, as in Redis. Everything here ends with the process, so steady time is enough, and a jump of the wall
    // clock neither ends nor prolongs a lease or a claim.
    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Converts a time of this store to wall time, for answers.</summary>
    public DateTimeOffset ToWallTime(DateTimeOffset stored) => stored + (time.GetUtcNow() - _clock.GetUtcNow());

    // For a reader: what has run out is gone, though nothing is settled.
    private Claim? Look(string name, DateTimeOffset now)
    {
        if (!_claims.TryGetValue(name, out var claim))
        {
            return null;
        }

        var claimEnds = claim is { Online: true, Ephemeral: false } ? claim.Ends + _options.Claim : claim.Ends;
        return claimEnds > now ? claim : null;
    }

    // For a writer: settles what has run out since the last sweep.
    private Claim? Settle(string name, DateTimeOffset now)
    {
        var claim = _claims.GetValueOrDefault(name);
        if (claim is { Online: true } && claim.Ends <= now)
        {
            Expire(claim);
        }

        if (claim is { Online: false } && claim.Ends <= now)
        {
            Free(claim);
        }

        return _claims.GetValueOrDefault(name);
    }

    // By the wall clock, because signers go by it.
    private bool IsStale(long sequence, Claim claim) =>
        sequence <= claim.Sequence && SignedRecord.IsBinding((ulong)claim.Sequence, time.GetUtcNow());

    internal static bool Holds(Claim claim, string tokenHash, DateTimeOffset now) =>
        claim.Online
        && claim.Ends > now
        && CryptographicOperations.FixedTimeEquals(
            System.Text.Encoding.ASCII.GetBytes(claim.TokenHash),
            System.Text.Encoding.ASCII.GetBytes(tokenHash)
        );

    private void BeginLease(Claim claim, DateTimeOffset now)
    {
        _expiries.Remove((claim.Ends, claim.Username));
        if (!claim.Online)
        {
            _leases++;
        }

        claim.Online = true;
        claim.Ends = now + _options.Lease;
        _expiries.Add((claim.Ends, claim.Username));
    }

    private void Expire(Claim claim) =>
        EndLease(claim, PeerEventTypes.Expired, at: claim.Ends, seen: claim.Ends - _options.Lease);

    private void EndLease(Claim claim, string reason, DateTimeOffset at, DateTimeOffset seen)
    {
        Emit(PeerEventTypes.Left, claim, reason);
        _expiries.Remove((claim.Ends, claim.Username));
        _leases--;
        claim.Online = false;
        claim.TokenHash = "";
        claim.LastSeen = seen;
        claim.Ends = at + _options.Claim;
        if (claim.Ephemeral)
        {
            Free(claim);
        }
        else
        {
            _expiries.Add((claim.Ends, claim.Username));
        }
    }

    private void Free(Claim claim)
    {
        if (!_claims.Remove(claim.Username))
        {
            return;
        }

        _expiries.Remove((claim.Ends, claim.Username));
        _listed.Remove(claim.Username);
        if (--_claimants[claim.Claimant] == 0)
        {
            _claimants.Remove(claim.Claimant);
        }
    }

    private void Emit(string kind, Claim claim, string reason = "")
    {
        _events.Add(kind, claim.Username, claim.PeerId, reason, claim.Sequence, claim.Unlisted);
        Signal.Raise(0);
    }

    private StoredPeer Describe(Claim claim, DateTimeOffset now, bool withRecord) =>
        new(
            claim.Username,
            claim.PeerId,
            claim.Online && claim.Ends > now,
            ToWallTime(claim.Online ? claim.Ends - _options.Lease : claim.LastSeen),
            claim.Sequence,
            claim.Unlisted,
            withRecord ? claim.Signed : null
        );
}
