using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>The accounts of files in memory. Not thread-safe.</summary>
internal sealed class MemoryFileRows : IFileRows
{
    private readonly Dictionary<string, SortedDictionary<string, FileRow>> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Blob> _blobs = new(StringComparer.Ordinal);

    // By name, by name and capability, and by claimant.
    private readonly Dictionary<(string Owner, string Capability), FileUsage> _usage = [];
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);

    public long TotalBytes { get; private set; }

    public FileRow? Find(string name, string id) =>
        _files.TryGetValue(name, out var files) ? files.GetValueOrDefault(id) : null;

    public IReadOnlyList<FileRow> Of(string name) => _files.TryGetValue(name, out var files) ? [.. files.Values] : [];

    public FileUsage UsageOf(string name, string? capabilityHash) =>
        _usage.GetValueOrDefault((name, capabilityHash ?? ""));

    public long BytesOf(string claimant) => _usage.GetValueOrDefault((ClaimantKey(claimant), "")).Bytes;

    public void Add(FileRow file, string claimant, long charge)
    {
        if (!_files.TryGetValue(file.Name, out var files))
        {
            _files.Add(file.Name, files = new SortedDictionary<string, FileRow>(StringComparer.Ordinal));
        }

        files[file.Id] = file;
        var blob = new Blob(file.Name, file.CapabilityHash, claimant, charge);
        _blobs.Add(file.Blob, blob);
        Count(blob, 1);
    }

    public void Update(FileRow file) => _files[file.Name][file.Id] = file;

    public void Remove(string name, string id)
    {
        if (_files.TryGetValue(name, out var files) && files.Remove(id, out var file))
        {
            _ = _gone.Add(file.Blob);
            if (files.Count == 0)
            {
                _ = _files.Remove(name);
            }
        }
    }

    public void Remove(string name)
    {
        if (_files.Remove(name, out var files))
        {
            _gone.UnionWith(files.Values.Select(file => file.Blob));
        }
    }

    public void Sweep(StoreTime time, int limit)
    {
        var over = _files.Values.SelectMany(files => files.Values).Where(file => file.IsOver(time)).Take(limit);
        foreach (var file in over.ToList())
        {
            Remove(file.Name, file.Id);
        }
    }

    public IReadOnlyList<string> Gone(int limit) => [.. _gone.Take(limit)];

    public void Forget(string blob)
    {
        if (_gone.Remove(blob) && _blobs.Remove(blob, out var forgotten))
        {
            Count(forgotten, -1);
        }
    }

    public bool IsKnown(string blob) => _blobs.ContainsKey(blob);

    private void Count(Blob blob, int sign)
    {
        TotalBytes += sign * blob.Charge;
        foreach (var key in new[] { (blob.Name, ""), (blob.Name, blob.Capability), (ClaimantKey(blob.Claimant), "") })
        {
            var usage = _usage.GetValueOrDefault(key);
            usage = new FileUsage(usage.Blobs + sign, usage.Bytes + (sign * blob.Charge));
            if (usage.Blobs == 0)
            {
                _ = _usage.Remove(key);
            }
            else
            {
                _usage[key] = usage;
            }
        }
    }

    // No name has a space.
    private static string ClaimantKey(string claimant) => " " + claimant;

    private sealed record Blob(string Name, string Capability, string Claimant, long Charge);
}
