using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// This peer's own folder within its download folder, for files that arrive. Other users cannot write to it, so what
/// was verified stays unchanged. An ephemeral peer also keeps its uploads there, and deletes it when it stops.
/// Thread-safe.
/// </summary>
internal sealed class PrivateFolder : IDisposable
{
    private const string EphemeralPrefix = ".p2pchat-ephemeral-";
    private const string LockName = "lock";

    private readonly Lock _gate = new();
    private readonly bool _isEphemeral;
    private FileStream? _lock;

    public PrivateFolder(PeerOptions options, PeerIdentity self)
    {
        _isEphemeral = options.Ephemeral;
        Parent =
            options.Downloads is { } chosen ? Path.GetFullPath(chosen)
            : options.Ephemeral ? null
            : Path.Combine(DataDirectory.PathFor(options.Data, Username.Parse(options.Username)), "downloads");
        FullPath = Parent is null
            ? null
            : Path.Combine(Parent, $"{(options.Ephemeral ? EphemeralPrefix : ".p2pchat-")}{self.PeerId}");
    }

    /// <summary>The download folder; null if this peer has none.</summary>
    public string? Parent { get; }

    /// <summary>Null if this peer has none.</summary>
    public string? FullPath { get; }

    /// <summary>Opens a file in this folder, which exists from then on.</summary>
    /// <exception cref="IOException">It cannot be created or opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written, or is another user's.</exception>
    public FileStream Open(string path, FileMode mode)
    {
        lock (_gate)
        {
            Create(Parent!);
            Create(FullPath!);
            RequireOwn();
            if (_isEphemeral)
            {
                var name = Path.Combine(FullPath!, LockName);
                _lock ??= new FileStream(name, DataDirectory.Options(FileMode.OpenOrCreate));
            }

            return new FileStream(path, DataDirectory.Options(mode));
        }
    }

    /// <summary>Deletes the folder if nothing is left in it.</summary>
    public void DeleteIfEmpty()
    {
        lock (_gate)
        {
            TryOnDisk(() =>
            {
                if (Directory.Exists(FullPath) && !Directory.EnumerateFileSystemEntries(FullPath).Any())
                {
                    Directory.Delete(FullPath);
                }
            });
        }
    }

    /// <summary>Deletes the folders of ephemeral peers that were killed.</summary>
    public void CleanUp() =>
        TryOnDisk(() =>
        {
            if (!Directory.Exists(Parent))
            {
                return;
            }

            foreach (var folder in Directory.EnumerateDirectories(Parent, $"{EphemeralPrefix}*"))
            {
                TryOnDisk(() =>
                {
                    // Its peer holds the lock until its process ends.
                    var name = Path.Combine(folder, LockName);
                    new FileStream(name, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                    Directory.Delete(folder, recursive: true);
                });
            }
        });

    public void Dispose()
    {
        lock (_gate)
        {
            if (_lock is not null)
            {
                _lock.Dispose();
                TryOnDisk(() => Directory.Delete(FullPath!, recursive: true));
            }
        }
    }

    private static void Create(string path) =>
        _ =
            Directory.Exists(path) ? null
            : OperatingSystem.IsWindows() ? Directory.CreateDirectory(path)
            : Directory.CreateDirectory(path, DataDirectory.OwnerOnlyDirectory);

    // The download folder may be one that others can write to, who can have made this folder before, or a link.
    private void RequireOwn()
    {
        if (
            new DirectoryInfo(FullPath!).LinkTarget is not null
            || !OperatingSystem.IsWindows()
                && UnixFiles.Find(FullPath!, follow: false) is var (owner, mode)
                && (owner != UnixFiles.Self || (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        )
        {
            throw new UnauthorizedAccessException($"{FullPath} belongs to another user.");
        }
    }

    private static void TryOnDisk(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays, and is tried again at the next start.
        }
    }
}
