using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>
/// The directory of a peer's files, readable by its owner only. While it is open, no other peer can open it.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    internal const UnixFileMode OwnerOnlyDirectory =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string LockName = "lock";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream @lock)
    {
        FullPath = path;
        _lock = @lock;
    }

    public string FullPath { get; }

    /// <summary>
    /// Resolves the path of a data directory: the given one, relative to the working directory, or else the platform's
    /// convention, one per username: for instance <c>~/.local/share/p2pchat/alice</c>.
    /// </summary>
    /// <exception cref="PeerStartException">No path is given, and this user has no home directory.</exception>
    public static string PathFor(string? data, Username username)
    {
        return data is not null ? Path.GetFullPath(data) : Path.Combine(Conventional(), username.Value);
    }

    /// <summary>Lists the usernames of running peers whose data is in the conventional place.</summary>
    /// <exception cref="PeerStartException">This user has no home directory.</exception>
    /// <exception cref="UnauthorizedAccessException">A directory belongs to another user.</exception>
    /// <exception cref="IOException">The directories cannot be listed.</exception>
    public static IEnumerable<string> AllInUse() =>
        Directory.Exists(Conventional())
            ? Directory
                .EnumerateDirectories(Conventional())
                .Where(IsInUse)
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal)
            : [];

    private static string Conventional() =>
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify
        )
            is { Length: > 0 } home
            ? Path.Combine(home, "p2pchat")
            : throw new PeerStartException(
                "This user has no home directory. Name a data directory with --data, or start the peer with "
                    + "--ephemeral."
            );

    /// <summary>Creates the directory if it does not exist, and locks it until it is disposed.</summary>
    /// <param name="groupMayWrite">See <see cref="PeerOptions.GroupMayWrite"/>.</param>
    /// <exception cref="PeerStartException">
    /// Another peer runs on it, another user can write to it, or this one cannot.
    /// </exception>
    public static DataDirectory Open(string path, bool groupMayWrite = false)
    {
        try
        {
            if (!Directory.Exists(path))
            {
                _ = OperatingSystem.IsWindows()
                    ? Directory.CreateDirectory(path)
                    : Directory.CreateDirectory(path, OwnerOnlyDirectory);
            }

            OwnerOnly.Require(path, groupMayWrite);
            return new DataDirectory(
                path,
                new FileStream(Path.Combine(path, LockName), Options(FileMode.OpenOrCreate))
            );
        }
        catch (IOException exception) when (IsLocked(exception))
        {
            throw new PeerStartException(
                $"Another peer runs on {path}. Stop it first, or name another directory with --data.",
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, exception);
        }
    }

    /// <summary>Whether a peer runs on a directory now.</summary>
    /// <exception cref="UnauthorizedAccessException">The directory belongs to another user.</exception>
    public static bool IsInUse(string path)
    {
        var file = Path.Combine(path, LockName);
        try
        {
            if (File.Exists(file))
            {
                new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
            }

            return false;
        }
        catch (IOException exception) when (IsLocked(exception))
        {
            return true;
        }
    }

    /// <summary>Reads a file in this directory; null if it does not exist.</summary>
    /// <exception cref="PeerStartException">The file cannot be read.</exception>
    public string? Read(string name)
    {
        var file = Path.Combine(FullPath, name);
        try
        {
            return File.Exists(file) ? File.ReadAllText(file) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PeerStartException(
                $"{file} cannot be read. Check that it belongs to the user who runs this peer.",
                exception
            );
        }
    }

    /// <summary>Writes a file that only its owner may read. Readers see the old content or the new one.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write the file.</exception>
    public void Write(string name, string text)
    {
        var file = Path.Combine(FullPath, name);
        var written = file + ".new";
        // A leftover, or another user's file or link. Never open it, because that user may have it open too.
        File.Delete(written);
        using (var stream = new FileStream(written, Options(FileMode.CreateNew)))
        {
            using (var writer = new StreamWriter(stream, leaveOpen: true))
            {
                writer.Write(text);
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(written, file, overwrite: true);
        UnixFiles.SyncDirectory(FullPath);
    }

    public void Dispose() => _lock.Dispose();

    public static PeerStartException NotWritable(string path, Exception cause) =>
        new(
            SaveState.IsDiskFull(cause)
                ? $"The disk with the data directory {path} is full. Free some space, or name another directory "
                    + "with --data."
                : $"The data directory {path} cannot be written. Name another directory with --data, or run "
                    + "with --ephemeral.",
            cause
        );

    /// <summary>Makes the options for a file that only its owner may read.</summary>
    internal static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        return options;
    }

    // EWOULDBLOCK of flock(2) on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsLocked(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
