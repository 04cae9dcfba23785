using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>Requests in memory. Not thread-safe.</summary>
internal sealed class MemoryRequestRows : IRequestRows
{
    private readonly Dictionary<string, MemoryRequestBox> _boxes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RequestCount> _counts = new(StringComparer.Ordinal);

    public long CountIn(string name) => Find(name)?.Count ?? 0;

    public WaitingRequest? Find(string name, string sender) => Find(name)?.Find(sender);

    public void Put(WaitingRequest request)
    {
        if (Find(request.Name) is not { } box)
        {
            box = new MemoryRequestBox();
            _boxes.Add(request.Name, box);
        }

        box.Put(request);
    }

    public bool Delete(string name, string id) => Find(name)?.Delete(id) ?? false;

    public bool HasAny(string name) => CountIn(name) > 0;

    public IReadOnlyList<StoredEnvelope> ReadAfter(string name, string after, int limit) =>
        Find(name)?.ReadAfter(after, limit) ?? [];

    public void Expire(string name, DateTimeOffset by) => Find(name)?.Expire(by, int.MaxValue);

    public int Sweep(DateTimeOffset by, int limit)
    {
        var swept = 0;
        foreach (var box in _boxes.Values)
        {
            swept += box.Expire(by, limit - swept);
        }

        return swept;
    }

    public void Remove(string name) => _boxes.Remove(name);

    public RequestCount? FindCount(string owner) => _counts.GetValueOrDefault(owner);

    public void SaveCount(string owner, RequestCount count) => _counts[owner] = count;

    public void SweepCounts(DateTimeOffset by)
    {
        foreach (var ended in _counts.Where(entry => entry.Value.Ends <= by).Select(entry => entry.Key).ToList())
        {
            _ = _counts.Remove(ended);
        }
    }

    private MemoryRequestBox? Find(string name) => _boxes.GetValueOrDefault(name);
}
