using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>The accounts of files in memory. Not thread-safe.</summary>
internal sealed class MemoryFileRows : IFileRows
{
    private readonly Dictionary<string, SortedDictionary<string, FileRow>> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _charges = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);

    public long TotalBytes { get; private set; }

    public FileRow? Find(string name, string id) =>
        _files.TryGetValue(name, out var files) ? files.GetValueOrDefault(id) : null;

    public IReadOnlyList<FileRow> Of(string name) => _files.TryGetValue(name, out var files) ? [.. files.Values] : [];

    public void Put(FileRow file, long charge)
    {
        if (!_files.TryGetValue(file.Name, out var files))
        {
            _files.Add(file.Name, files = new SortedDictionary<string, FileRow>(StringComparer.Ordinal));
        }

        files[file.Id] = file;
        if (_charges.TryAdd(file.Blob, charge))
        {
            TotalBytes += charge;
        }
    }

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
        if (_gone.Remove(blob) && _charges.Remove(blob, out var charge))
        {
            TotalBytes -= charge;
        }
    }

    public bool IsKnown(string blob) => _charges.ContainsKey(blob);
}
