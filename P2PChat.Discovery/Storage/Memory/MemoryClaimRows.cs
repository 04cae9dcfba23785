using P2PChat.Discovery.Storage.Local;
using P2PChat.Protocol.Records;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>Claims in memory, with their indexes by name, by claimant and by expiry. Not thread-safe.</summary>
internal sealed class MemoryClaimRows : IClaimRows
{
    private static readonly Comparer<(DateTimeOffset Ends, string Username)> SoonestFirst = Comparer<(
        DateTimeOffset Ends,
        string Username
    )>.Create((a, b) => a.Ends == b.Ends ? string.CompareOrdinal(a.Username, b.Username) : a.Ends.CompareTo(b.Ends));

    private readonly Dictionary<string, Claim> _claims = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SignedRecord> _records = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _listed = new(StringComparer.Ordinal);
    private readonly SortedSet<(DateTimeOffset Ends, string Username)> _leases = new(SoonestFirst);
    private readonly SortedSet<(DateTimeOffset Ends, string Username)> _dormant = new(SoonestFirst);
    private readonly Dictionary<string, int> _claimants = new(StringComparer.Ordinal);

    public long Count => _claims.Count;

    public long Leases => _leases.Count;

    public long CountBy(string claimant) => _claimants.GetValueOrDefault(claimant);

    public Claim? Find(string name) => _claims.GetValueOrDefault(name);

    public SignedRecord? FindRecord(string name) => _records.GetValueOrDefault(name);

    public IEnumerable<Claim> ListedAfter(string after) =>
        // '~' sorts after every character that a name may contain.
        _listed.GetViewBetween(after, "~").Where(name => name != after).Select(name => _claims[name]);

    public IReadOnlyList<Claim> Ended(bool online, DateTimeOffset by, int limit) =>
        [
            .. (online ? _leases : _dormant)
                .TakeWhile(entry => entry.Ends <= by)
                .Take(limit)
                .Select(entry => _claims[entry.Username]),
        ];

    public void Save(Claim claim)
    {
        RemoveFromIndexes(claim.Username);
        _claims[claim.Username] = claim;
        _ = ByExpiry(claim).Add((claim.Ends, claim.Username));
        _claimants[claim.Claimant] = _claimants.GetValueOrDefault(claim.Claimant) + 1;
        if (!claim.Unlisted)
        {
            _ = _listed.Add(claim.Username);
        }
    }

    public void SaveRenewed(Claim claim)
    {
        var expiries = ByExpiry(claim);
        _ = expiries.Remove((_claims[claim.Username].Ends, claim.Username));
        _ = expiries.Add((claim.Ends, claim.Username));
        _claims[claim.Username] = claim;
    }

    public void SaveRecord(string name, SignedRecord record) => _records[name] = record;

    public void Remove(string name)
    {
        RemoveFromIndexes(name);
        _ = _claims.Remove(name);
        _ = _records.Remove(name);
    }

    private SortedSet<(DateTimeOffset Ends, string Username)> ByExpiry(Claim claim) =>
        claim.Online ? _leases : _dormant;

    private void RemoveFromIndexes(string name)
    {
        if (!_claims.TryGetValue(name, out var claim))
        {
            return;
        }

        _ = ByExpiry(claim).Remove((claim.Ends, name));
        _ = _listed.Remove(name);
        if (--_claimants[claim.Claimant] == 0)
        {
            _ = _claimants.Remove(claim.Claimant);
        }
    }
}
