using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>The envelopes and capabilities of one name. Not thread-safe.</summary>
internal sealed class MemoryMailbox
{
    private readonly SortedDictionary<string, WaitingEnvelope> _envelopes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Envelopes, long Bytes)> _usage = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>The hashes of the granted capabilities.</summary>
    public HashSet<string> Capabilities { get; } = new(StringComparer.Ordinal);

    public bool IsEmpty => _envelopes.Count == 0;

    public MailUsage UsageOf(string capabilityHash)
    {
        var (envelopes, bytes) = _usage.GetValueOrDefault(capabilityHash);
        return new MailUsage(envelopes, bytes, _bytes);
    }

    public void Add(WaitingEnvelope envelope)
    {
        _envelopes.Add(envelope.Id, envelope);
        Count(envelope.CapabilityHash, 1, envelope.Bytes.Length);
    }

    public bool Delete(string id)
    {
        if (!_envelopes.Remove(id, out var envelope))
        {
            return false;
        }

        Count(envelope.CapabilityHash, -1, -envelope.Bytes.Length);
        return true;
    }

    public IEnumerable<StoredEnvelope> ReadAfter(string after) =>
        _envelopes
            .Where(entry => string.CompareOrdinal(entry.Key, after) > 0)
            .Select(entry => new StoredEnvelope(entry.Key, entry.Value.Bytes));

    /// <summary>Deletes expired envelopes. All are kept equally long, so the oldest expire first.</summary>
    public int Expire(DateTimeOffset by, int limit)
    {
        var expired = _envelopes
            .TakeWhile(entry => entry.Value.ExpiresAt <= by)
            .Take(limit)
            .Select(entry => entry.Key)
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
            _ = _usage.Remove(capabilityHash);
        }
        else
        {
            _usage[capabilityHash] = usage;
        }
    }
}
