using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>
/// The claims with their indexes: by name, by claimant and by expiry. Emits an event for each change. Not thread-safe;
/// guarded by the store's lock.
/// </summary>
internal sealed class ClaimTable(DirectoryOptions options, EventLog events)
{
    private static readonly Comparer<(DateTimeOffset Ends, string Username)> SoonestFirst = Comparer<(
        DateTimeOffset Ends,
        string Username
    )>.Create((a, b) => a.Ends == b.Ends ? string.CompareOrdinal(a.Username, b.Username) : a.Ends.CompareTo(b.Ends));

    private readonly Dictionary<string, Claim> _claims = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _listed = new(StringComparer.Ordinal);
    private readonly SortedSet<(DateTimeOffset Ends, string Username)> _expiries = new(SoonestFirst);
    private readonly Dictionary<string, int> _claimants = new(StringComparer.Ordinal);

    /// <summary>Number of leases, including those that have expired since the last sweep.</summary>
    public int Leases { get; private set; }

    /// <summary>All claims, including those that have expired since the last sweep.</summary>
    public IReadOnlyDictionary<string, Claim> All => _claims;

    public int CountBy(string claimant) => _claimants.GetValueOrDefault(claimant);

    /// <summary>Finds a claim for a reader, which changes nothing: an expired claim counts as gone.</summary>
    public Claim? Find(string name, DateTimeOffset now)
    {
        if (!_claims.TryGetValue(name, out var claim))
        {
            return null;
        }

        var claimEnds = claim is { Online: true, Ephemeral: false } ? claim.Ends + options.Claim : claim.Ends;
        return claimEnds > now ? claim : null;
    }

    /// <summary>
    /// Finds a claim for a writer, after ending the claims and leases that have expired since the last sweep.
    /// </summary>
    public Claim? Settle(string name, DateTimeOffset now)
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

    /// <summary>Names of listed peers from <paramref name="after"/> on, in ordinal order.</summary>
    public IEnumerable<string> ListedFrom(string? after) =>
        // '~' sorts after every character that a name may contain.
        _listed.GetViewBetween(after ?? "", "~");

    /// <summary>Adds or replaces a claim's record, and starts a lease.</summary>
    public Claim Register(Claim? claim, PeerRegistration registration, DateTimeOffset now)
    {
        var kind = claim is { Online: true } ? PeerEventTypes.Updated : PeerEventTypes.Joined;
        claim ??= Add(registration);
        claim.Sequence = registration.Sequence;
        claim.Ephemeral = registration.Ephemeral;
        claim.Unlisted = registration.Unlisted;
        claim.Signed = registration.Signed;
        claim.TokenHash = registration.TokenHash;
        _ = claim.Unlisted ? _listed.Remove(claim.Username) : _listed.Add(claim.Username);
        RenewLease(claim, now);
        events.Add(kind, claim);
        return claim;
    }

    /// <summary>Starts or renews a claim's lease.</summary>
    public void RenewLease(Claim claim, DateTimeOffset now)
    {
        _expiries.Remove((claim.Ends, claim.Username));
        if (!claim.Online)
        {
            Leases++;
        }

        claim.Online = true;
        claim.Ends = now + options.Lease;
        _expiries.Add((claim.Ends, claim.Username));
    }

    /// <summary>Ends the lease, if there is one; an ephemeral claim ends with it.</summary>
    public void Unregister(Claim claim, DateTimeOffset now)
    {
        if (claim.Online)
        {
            EndLease(claim, PeerEventTypes.Unregistered, at: now, seen: now);
        }
    }

    /// <summary>Removes a claim, if it still exists.</summary>
    public void Free(Claim claim)
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

    /// <summary>Ends expired leases and claims, at most <paramref name="limit"/> of them.</summary>
    public SweepResult Sweep(DateTimeOffset now, int limit)
    {
        int expired = 0,
            freed = 0;
        while (expired + freed < limit && _expiries.Count > 0 && _expiries.Min is var (ends, name) && ends <= now)
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

        return new SweepResult(expired, freed, Leases, _claims.Count);
    }

    private Claim Add(PeerRegistration registration)
    {
        var claim = new Claim
        {
            Username = registration.Username.Value,
            PeerId = registration.PeerId,
            Claimant = registration.Claimant.Pseudonym,
        };
        _claims.Add(claim.Username, claim);
        _claimants[claim.Claimant] = _claimants.GetValueOrDefault(claim.Claimant) + 1;
        return claim;
    }

    private void Expire(Claim claim) =>
        EndLease(claim, PeerEventTypes.Expired, at: claim.Ends, seen: claim.Ends - options.Lease);

    private void EndLease(Claim claim, string reason, DateTimeOffset at, DateTimeOffset seen)
    {
        events.Add(PeerEventTypes.Left, claim, reason);
        _expiries.Remove((claim.Ends, claim.Username));
        Leases--;
        claim.Online = false;
        claim.TokenHash = "";
        claim.LastSeen = seen;
        claim.Ends = at + options.Claim;
        if (claim.Ephemeral)
        {
            Free(claim);
        }
        else
        {
            _expiries.Add((claim.Ends, claim.Username));
        }
    }
}
