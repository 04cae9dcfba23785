using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>
/// The envelopes of one name. Ends with its claim. Not thread-safe; guarded by the lock of the claims.
/// </summary>
internal sealed class MemoryMailbox
{
    private readonly SortedDictionary<string, Kept> _envelopes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _capabilities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Envelopes, long Bytes)> _usage = new(StringComparer.Ordinal);
    private long _bytes;

    private sealed record Kept(string CapabilityHash, ReadOnlyMemory<byte> Bytes, DateTimeOffset ExpiresAt);

    public bool IsEmpty => _envelopes.Count == 0;

    public bool Knows(string capabilityHash) => _capabilities.Contains(capabilityHash);

    public bool Grant(string capabilityHash, int limit) =>
        _capabilities.Contains(capabilityHash) || (_capabilities.Count < limit && _capabilities.Add(capabilityHash));

    public void Revoke(string capabilityHash) => _capabilities.Remove(capabilityHash);

    public bool HasRoom(string capabilityHash, int size, MailboxOptions options)
    {
        var (envelopes, bytes) = _usage.GetValueOrDefault(capabilityHash);
        return envelopes < options.CapabilityEnvelopes
            && bytes + size <= options.CapabilityBytes
            && _bytes + size <= options.MailboxBytes;
    }

    public void Add(string id, string capabilityHash, ReadOnlyMemory<byte> bytes, DateTimeOffset expiresAt)
    {
        _envelopes.Add(id, new Kept(capabilityHash, bytes, expiresAt));
        Count(capabilityHash, 1, bytes.Length);
    }

    public bool Delete(string id)
    {
        if (!_envelopes.Remove(id, out var kept))
        {
            return false;
        }

        Count(kept.CapabilityHash, -1, -kept.Bytes.Length);
        return true;
    }

    public (IReadOnlyList<StoredEnvelope> Envelopes, bool HasMore) Read(string after, int limit, int maxBytes)
    {
        var page = new List<StoredEnvelope>();
        long bytes = 0;
        foreach (var (id, kept) in _envelopes)
        {
            if (string.CompareOrdinal(id, after) <= 0)
            {
                continue;
            }

            bytes += kept.Bytes.Length;
            if (page.Count == limit || (bytes > maxBytes && page.Count > 0))
            {
                return (page, HasMore: true);
            }

            page.Add(new StoredEnvelope(id, kept.Bytes));
        }

        return (page, HasMore: false);
    }

    /// <summary>Deletes expired envelopes. All are kept equally long, so the oldest expire first.</summary>
    public int Expire(DateTimeOffset now)
    {
        var expired = _envelopes
            .TakeWhile(envelope => envelope.Value.ExpiresAt <= now)
            .Select(envelope => envelope.Key)
            .ToList();
        return expired.Count(Delete);
    }

    private void Count(string capabilityHash, int envelopes, long bytes)
    {
        _bytes += bytes;
        var usage = _usage.GetValueOrDefault(capabilityHash);
        usage = (usage.Envelopes + envelopes, usage.Bytes + bytes);
        if (usage.Envelopes == 0)
        {
            _usage.Remove(capabilityHash);
        }
        else
        {
            _usage[capabilityHash] = usage;
        }
    }
}
