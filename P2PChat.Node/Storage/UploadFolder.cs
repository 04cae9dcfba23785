using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>A file that waits to be offered.</summary>
/// <param name="Path">Where this peer keeps it.</param>
/// <param name="Leaves">The hashes of its leaves.</param>
/// <param name="Stamp">See <see cref="StoredTransfer.Stamp"/>.</param>
internal sealed record StoredUpload(Guid Id, string Name, string Path, long Size, byte[] Leaves, long? Stamp);

/// <summary>
/// Stores the files that came over HTTP to be offered. They stay until their transfer has ended and the space is
/// needed. Thread-safe.
/// </summary>
internal sealed class UploadFolder(
    PeerOptions options,
    PeerStore store,
    PrivateFolder temporary,
    TimeProvider timeProvider
)
{
    private const string Extension = ".upload";

    /// <summary>Limit on uploads that are not offered yet.</summary>
    public const int MaxWaiting = 64;

    // A page that was closed leaves its uploads behind.
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, StoredUpload> _waiting = [];
    private readonly HashSet<string> _arriving = [];

    // Their transfers are not in the store yet.
    private readonly HashSet<string> _offering = [];
    private long? _bytes;

    /// <summary>Null if this peer has none, because it is ephemeral.</summary>
    public string? FullPath { get; } =
        !options.Ephemeral
            ? Path.Combine(DataDirectory.PathFor(options.Data, Username.Parse(options.Username)), "uploads")
            : temporary.FullPath;

    /// <summary>The folder of the key and the messages, whose files are not offered; null if there is none.</summary>
    public string? DataFolder { get; } =
        options.Ephemeral ? null : DataDirectory.PathFor(options.Data, Username.Parse(options.Username));

    /// <summary>Limit on the size of all uploads, in bytes.</summary>
    public long Limit => options.UploadsInTotal;

    /// <summary>Creates an empty file.</summary>
    /// <returns>Null if too many uploads are not offered yet.</returns>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public FileStream? Create(Guid id)
    {
        lock (_gate)
        {
            if (_waiting.Count + _arriving.Count >= MaxWaiting && !TryRemoveAbandoned())
            {
                return null;
            }

            _ = _arriving.Add(PathOf(id));
        }

        if (options.Ephemeral)
        {
            return temporary.Open(PathOf(id), FileMode.CreateNew);
        }

        if (!Directory.Exists(FullPath))
        {
            _ = OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(FullPath!)
                : Directory.CreateDirectory(FullPath!, DataDirectory.OwnerOnlyDirectory);
        }

        return new FileStream(PathOf(id), DataDirectory.Options(FileMode.CreateNew));
    }

    /// <summary>Reserves space, if necessary by deleting files whose transfer has ended.</summary>
    /// <returns>False if there is not enough.</returns>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public bool TryReserve(int bytes)
    {
        lock (_gate)
        {
            if (!HasRoom(bytes))
            {
                return false;
            }

            _bytes += bytes;
            return true;
        }
    }

    /// <summary>Whether there is space now, if necessary after files whose transfer has ended are deleted.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public bool HasRoom(long bytes)
    {
        lock (_gate)
        {
            _bytes ??= Files().Sum(file => file.Length);
            if (_bytes + bytes > options.UploadsInTotal && bytes <= options.UploadsInTotal)
            {
                MakeRoom(bytes);
            }

            return _bytes + bytes <= options.UploadsInTotal;
        }
    }

    /// <summary>A file has arrived whole, or its offer has failed. It waits to be offered.</summary>
    public void Add(StoredUpload upload)
    {
        lock (_gate)
        {
            _ = _arriving.Remove(upload.Path) | _offering.Remove(upload.Path);
            _waiting[upload.Id] = upload;
        }
    }

    /// <summary>
    /// Takes a file to offer it. Call <see cref="Release"/> afterwards, or <see cref="Add"/> if that fails.
    /// </summary>
    /// <returns>Null if there is none.</returns>
    public StoredUpload? Take(Guid id)
    {
        lock (_gate)
        {
            if (_waiting.Remove(id, out var upload))
            {
                _ = _offering.Add(upload.Path);
            }

            return upload;
        }
    }

    /// <summary>The file is offered. Its transfer keeps it from now on.</summary>
    public void Release(StoredUpload upload)
    {
        lock (_gate)
        {
            _ = _offering.Remove(upload.Path);
        }
    }

    /// <summary>Deletes a file that has not been offered, whole or not.</summary>
    /// <returns>False if there is none.</returns>
    public bool Remove(Guid id)
    {
        lock (_gate)
        {
            var isIncomplete = _arriving.Remove(PathOf(id));
            if (!_waiting.Remove(id) && !isIncomplete)
            {
                return false;
            }

            Delete(PathOf(id));
            // More may have been reserved than was written.
            _bytes = isIncomplete ? null : _bytes;
            return true;
        }
    }

    /// <summary>Deletes the file of a transfer that is not needed any more, if it is in this folder.</summary>
    public void DeleteSent(string path)
    {
        lock (_gate)
        {
            if (Path.GetDirectoryName(path) == FullPath)
            {
                Delete(path);
            }
        }
    }

    /// <summary>Deletes what an earlier process has left behind without an offer.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public void CleanUp()
    {
        if (!options.Ephemeral && Directory.Exists(FullPath))
        {
            var offered = store.Transfers.Paths().ToLookup(path => Path.GetFileName(path));
            foreach (var file in Files())
            {
                var paths = offered[file.Name].ToList();
                if (paths.Count == 0)
                {
                    Delete(file.FullName);
                }

                // The data directory may have moved since, and the names are unique.
                foreach (var before in paths.Where(path => path != file.FullName))
                {
                    store.Transfers.SetMoved(before, file.FullName);
                }
            }
        }
    }

    private string PathOf(Guid id) => Path.Combine(FullPath!, $"{id:N}{Extension}");

    private List<FileInfo> Files() =>
        Directory.Exists(FullPath) ? [.. new DirectoryInfo(FullPath).EnumerateFiles($"*{Extension}")] : [];

    private bool TryRemoveAbandoned()
    {
        var before = timeProvider.GetUtcNow().UtcDateTime - Abandoned;
        return _waiting.Values.Where(upload => upload.Stamp < before.Ticks).MinBy(upload => upload.Stamp)
                is { Id: var oldest }
            && Remove(oldest);
    }

    // Oldest first: ids are UUIDv7.
    private void MakeRoom(long bytes)
    {
        while (TryRemoveAbandoned())
        {
            // Whoever uploaded it does not offer it any more.
        }

        var needed = store.Transfers.Open().Select(one => one.Path).ToHashSet();
        needed.UnionWith(_arriving);
        needed.UnionWith(_offering);
        needed.UnionWith(_waiting.Values.Select(upload => upload.Path));
        var files = Files();
        _bytes = files.Sum(file => file.Length);
        foreach (var file in files.OrderBy(file => file.Name).Where(file => !needed.Contains(file.FullName)))
        {
            if (_bytes + bytes <= options.UploadsInTotal)
            {
                break;
            }

            Delete(file.FullName);
        }
    }

    private void Delete(string path) =>
        TryOnDisk(() =>
        {
            var file = new FileInfo(path);
            if (file.Exists)
            {
                var length = file.Length;
                file.Delete();
                _bytes -= length;
            }
        });

    private static void TryOnDisk(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays, and is tried again when the space is needed.
        }
    }
}
