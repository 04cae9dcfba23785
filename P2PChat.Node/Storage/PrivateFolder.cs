using System.Runtime.Versioning;
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

    /// <summary>Whether the folder exists, and no other user has made it.</summary>
    public bool IsOwned => Directory.Exists(FullPath) && IsOfThisUser(FullPath, out _);

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

            // Left by somebody who could write to this folder before.
            if (new FileInfo(path).LinkTarget is not null)
            {
                throw new UnauthorizedAccessException($"{path} is a link.");
            }

            var file = new FileStream(path, DataDirectory.Options(mode));
            if (!OperatingSystem.IsLinux() || IsInOwn(file))
            {
                return file;
            }

            file.Dispose();
            throw new UnauthorizedAccessException($"{FullPath} was replaced by another user.");
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

            foreach (var folder in Directory.EnumerateDirectories(Parent, $"{EphemeralPrefix}*").Where(IsClosed))
            {
                TryOnDisk(() =>
                {
                    // Its peer holds the lock until its process ends.
                    var name = Path.Combine(folder, LockName);
                    new FileStream(name, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                    DeleteOwn(folder);
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
                TryOnDisk(() => DeleteOwn(FullPath!));
            }
        }
    }

    // Only what a peer puts there, in case it is another folder after all.
    private static void DeleteOwn(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (Path.GetFileName(file) == LockName || Path.GetExtension(file) is ".part" or ".upload")
            {
                File.Delete(file);
            }
        }

        Directory.Delete(folder);
    }

    // Whether a folder is this user's, and nobody else can write to it.
    private static bool IsClosed(string folder) => IsOfThisUser(folder, out var mode) && !IsShared(mode);

    private static bool IsOfThisUser(string folder, out UnixFileMode mode)
    {
        mode = default;
        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            return false;
        }

        if (!OperatingSystem.IsWindows() && UnixFiles.Find(folder, follow: false) is { } found)
        {
            mode = found.Mode;
            return found.Owner == UnixFiles.Self;
        }

        return true;
    }

    private static void Create(string path) =>
        _ =
            Directory.Exists(path) ? null
            : OperatingSystem.IsWindows() ? Directory.CreateDirectory(path)
            : Directory.CreateDirectory(path, DataDirectory.OwnerOnlyDirectory);

    /// <summary>Whether only this user can write to a folder, or the file system keeps no owners or modes.</summary>
    /// <param name="created">Of a file that this process has just created in it.</param>
    internal static bool IsOurs(
        (uint Owner, UnixFileMode Mode) folder,
        (uint Owner, UnixFileMode Mode) created,
        uint self
    ) => (folder.Owner == self || folder.Owner == created.Owner) && (!IsShared(folder.Mode) || IsShared(created.Mode));

    private static bool IsShared(UnixFileMode mode) =>
        (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    // The download folder may be one that others can write to, who can have made this folder before, or a link.
    private void RequireOwn()
    {
        if (new DirectoryInfo(FullPath!).LinkTarget is not null || !OperatingSystem.IsWindows() && !IsOwn())
        {
            throw new UnauthorizedAccessException($"{FullPath} belongs to another user.");
        }
    }

    [UnsupportedOSPlatform("windows")]
    private bool IsOwn()
    {
        var self = UnixFiles.Self;
        if (UnixFiles.Find(FullPath!, follow: false) is not { } found || found.Owner == self && !IsShared(found.Mode))
        {
            return true;
        }

        if (found.Owner == self)
        {
            // Kubernetes lets the group write to all folders of a volume at each start, if it has an fsGroup.
            TryOnDisk(() => File.SetUnixFileMode(FullPath!, DataDirectory.OwnerOnlyDirectory));
            found = UnixFiles.Find(FullPath!, follow: false) ?? found;
        }

        return found.Owner == self && !IsShared(found.Mode)
            || FindCreated() is { } created && IsOurs(found, created, self);
    }

    // A user who can write to the download folder can replace this folder after the check, but not an open file.
    [SupportedOSPlatform("linux")]
    private static bool IsInOwn(FileStream file)
    {
        var handle = $"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}";
        return new FileInfo(handle).LinkTarget is not { } actual
            || Path.GetFileName(actual) == Path.GetFileName(file.Name)
                && Path.GetFileName(Path.GetDirectoryName(actual)) == Path.GetFileName(Path.GetDirectoryName(file.Name))
                && UnixFiles.Find(Path.GetDirectoryName(actual)!, follow: false) is { } folder
                && UnixFiles.Find(handle, follow: true) is { } opened
                && IsOurs(folder, opened, UnixFiles.Self);
    }

    private (uint Owner, UnixFileMode Mode)? FindCreated()
    {
        var path = Path.Combine(FullPath!, $".{Guid.NewGuid():N}.tmp");
        using var file = new FileStream(path, DataDirectory.Options(FileMode.CreateNew));
        File.Delete(path);
        // By its handle, because an owner of the folder could exchange it.
        return UnixFiles.Find($"/dev/fd/{file.SafeFileHandle.DangerousGetHandle()}", follow: true);
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
