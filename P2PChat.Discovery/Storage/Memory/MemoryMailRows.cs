using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>Mail in memory. Not thread-safe.</summary>
internal sealed class MemoryMailRows : IMailRows
{
    private readonly Dictionary<string, MemoryMailbox> _mailboxes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _newest = new(StringComparer.Ordinal);

    public long Head { get; private set; }

    public bool IsGranted(string name, string capabilityHash) =>
        Find(name)?.Capabilities.Contains(capabilityHash) ?? false;

    public long CountGranted(string name) => Find(name)?.Capabilities.Count ?? 0;

    public void Grant(string name, string capabilityHash)
    {
        if (Find(name) is not { } mailbox)
        {
            mailbox = new MemoryMailbox();
            _mailboxes.Add(name, mailbox);
        }

        _ = mailbox.Capabilities.Add(capabilityHash);
    }

    public void Revoke(string name, string capabilityHash) => Find(name)?.Capabilities.Remove(capabilityHash);

    public MailUsage UsageOf(string name, string capabilityHash) => Find(name)?.UsageOf(capabilityHash) ?? default;

    public void Announce(string name, long number) => _newest[name] = Head = number;

    public void Add(WaitingEnvelope envelope) => _mailboxes[envelope.Name].Add(envelope);

    public bool Delete(string name, string id) => Find(name)?.Delete(id) ?? false;

    public bool HasMail(string name) => Find(name) is { IsEmpty: false };

    public IEnumerable<StoredEnvelope> ReadAfter(string name, string after) => Find(name)?.ReadAfter(after) ?? [];

    public void Expire(string name, DateTimeOffset by) => Find(name)?.Expire(by, int.MaxValue);

    public int Sweep(DateTimeOffset by, int limit)
    {
        var swept = 0;
        foreach (var mailbox in _mailboxes.Values)
        {
            swept += mailbox.Expire(by, limit - swept);
        }

        return swept;
    }

    public IReadOnlyList<(string Name, long Number)> NewestAfter(long after, int limit) =>
        [
            .. _newest
                .Where(entry => entry.Value > after)
                .OrderBy(entry => entry.Value)
                .Take(limit)
                .Select(entry => (entry.Key, entry.Value)),
        ];

    public void Remove(string name)
    {
        _ = _mailboxes.Remove(name);
        _ = _newest.Remove(name);
    }

    private MemoryMailbox? Find(string name) => _mailboxes.GetValueOrDefault(name);
}
