namespace P2PChat.Discovery.Mailbox.Memory;

/// <summary>What waits for one name. It is its claim's, and ends with it. Not safe for threads: the store of claims has a lock.</summary>
internal sealed class MemoryMailbox
{
    private readonly SortedDictionary<string, Kept> _envelopes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _capabilities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Envelopes, long Bytes)> _usage = new(StringComparer.Ordinal);
    private long _bytes;

    private sealed record Kept(string CapabilityHash, ReadOnlyMemory<byte> Bytes, DateTimeOffset ExpiresAt);

    public bool IsEmpty => _envelopes.Count == 0;

    public bool Knows(string capabilityHash) => _capabilities.Contains(capabilityHash);

    public bool Grant(string capabilityHash, int most) =>
        _capabilities.Contains(capabilityHash) || (_capabilities.Count < most && _capabilities.Add(capabilityHash));

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

    public (IReadOnlyList<StoredEnvelope> Envelopes, bool HasMore) Read(string after, int limit, int mostBytes)
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
            if (page.Count == limit || (bytes > mostBytes && page.Count > 0))
            {
                return (page, HasMore: true);
            }

            page.Add(new StoredEnvelope(id, kept.Bytes));
        }

        return (page, HasMore: false);
    }

    /// <summary>Clears away what has run out. All wait for the same time, so the oldest run out first.</summary>
    public int Expire(DateTimeOffset now)
    {
        var faded = _envelopes
            .TakeWhile(envelope => envelope.Value.ExpiresAt <= now)
            .Select(envelope => envelope.Key)
            .ToList();
        return faded.Count(Delete);
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
