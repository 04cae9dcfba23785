using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>A file that waits to be offered.</summary>
/// <param name="Path">Where this peer keeps it.</param>
/// <param name="Leaves">The hashes of its leaves.</param>
/// <param name="Stamp">See <see cref="StoredTransfer.Stamp"/>.</param>
internal sealed record StoredUpload(Guid Id, string Name, string Path, long Size, byte[] Leaves, long? Stamp);

/// <summary>
/// Where files are that came over HTTP to be offered. They stay until their transfer has ended and the space is needed.
/// Thread-safe.
/// </summary>
internal sealed class UploadFolder(PeerOptions options, PeerStore store, TimeProvider timeProvider) : IDisposable
{
    private const string Extension = ".upload";

    // A page that was closed leaves its uploads behind.
    private const int MaxWaiting = 64;
    private static readonly TimeSpan WaitsAtMost = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (StoredUpload Upload, long Since)> _waiting = [];
    private readonly HashSet<string> _arriving = [];
    private long? _bytes;

    /// <summary>Null if this peer has none, because it is ephemeral.</summary>
    public string? FullPath { get; } =
        !options.Ephemeral
            ? Path.Combine(DataDirectory.PathFor(options.Data, Username.Parse(options.Username)), "uploads")
        : options.Downloads is { } downloads
            ? Path.Combine(Path.GetFullPath(downloads), $".uploads-{Environment.ProcessId}")
        : null;

    /// <summary>Creates an empty file.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public FileStream Create(Guid id)
    {
        if (!Directory.Exists(FullPath))
        {
            _ = OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(FullPath!)
                : Directory.CreateDirectory(FullPath!, DataDirectory.OwnerOnlyDirectory);
        }

        lock (_gate)
        {
            _ = _arriving.Add(PathOf(id));
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

    /// <summary>A file has arrived whole, and waits to be offered.</summary>
    public void Add(StoredUpload upload)
    {
        lock (_gate)
        {
            _ = _arriving.Remove(upload.Path);
            _waiting[upload.Id] = (upload, timeProvider.GetTimestamp());
            if (_waiting.Count > MaxWaiting)
            {
                Remove(_waiting.Keys.Min());
            }
        }
    }

    public StoredUpload? Find(Guid id)
    {
        lock (_gate)
        {
            return _waiting.GetValueOrDefault(id).Upload;
        }
    }

    /// <summary>The file is offered. Its transfer keeps it from now on.</summary>
    public void Release(Guid id)
    {
        lock (_gate)
        {
            _ = _waiting.Remove(id);
        }
    }

    /// <summary>Deletes a file that has not been offered, whole or not.</summary>
    /// <returns>False if there is none.</returns>
    public bool Remove(Guid id)
    {
        lock (_gate)
        {
            var isKnown = _waiting.Remove(id) | _arriving.Remove(PathOf(id));
            if (isKnown)
            {
                Delete(PathOf(id));
            }

            return isKnown;
        }
    }

    /// <summary>Deletes the file of a transfer whose message was deleted, if it is in this folder.</summary>
    public void Delete(StoredTransfer transfer)
    {
        lock (_gate)
        {
            if (transfer is { IsOurs: true, Path: { } path } && Path.GetDirectoryName(path) == FullPath)
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
            var offered = store.Transfers.Paths();
            foreach (var file in Files().Where(file => !offered.Contains(file.FullName)))
            {
                Delete(file.FullName);
            }
        }
    }

    public void Dispose()
    {
        if (options.Ephemeral && Directory.Exists(FullPath))
        {
            foreach (var file in Files())
            {
                Delete(file.FullName);
            }

            TryOnDisk(() => Directory.Delete(FullPath));
        }
    }

    private string PathOf(Guid id) => Path.Combine(FullPath!, $"{id:N}{Extension}");

    private List<FileInfo> Files() =>
        Directory.Exists(FullPath) ? [.. new DirectoryInfo(FullPath).EnumerateFiles($"*{Extension}")] : [];

    // Oldest first: ids are UUIDv7.
    private void MakeRoom(long bytes)
    {
        foreach (var (id, one) in _waiting.Where(one => timeProvider.GetElapsedTime(one.Value.Since) >= WaitsAtMost))
        {
            _ = Remove(id);
        }

        var needed = store.Transfers.Open().Select(one => one.Path).ToHashSet();
        needed.UnionWith(_arriving);
        needed.UnionWith(_waiting.Values.Select(one => one.Upload.Path));
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
