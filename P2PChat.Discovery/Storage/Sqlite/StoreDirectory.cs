namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>
/// The directory of the store's files, readable by its owner only. While it is open, no other process can open it.
/// </summary>
internal sealed class StoreDirectory : IDisposable
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnlyFile | UnixFileMode.UserExecute;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const string LockName = "directory.lock";

    private readonly FileStream _lock;

    private StoreDirectory(string path, FileStream @lock)
    {
        FullPath = path;
        _lock = @lock;
    }

    public string FullPath { get; }

    /// <summary>Creates the directory if it does not exist, and locks it until it is disposed.</summary>
    /// <exception cref="DirectoryStartException">
    /// Another process has opened it, another user can write to it, or this one cannot.
    /// </exception>
    public static StoreDirectory Open(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            if (!Directory.Exists(path))
            {
                _ = OperatingSystem.IsWindows()
                    ? Directory.CreateDirectory(path)
                    : Directory.CreateDirectory(path, OwnerOnlyDirectory);
            }

            // Otherwise that user could replace the files, or read those that are created later.
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & WritableByOthers) != 0)
            {
                throw new DirectoryStartException(
                    $"Other users can write to {path}, where the directory keeps its data. Run chmod 700 '{path}', or "
                        + "name another directory with Directory:Data."
                );
            }

            return new StoreDirectory(path, OpenFile(Path.Combine(path, LockName), FileMode.OpenOrCreate));
        }
        catch (IOException exception) when (IsLocked(exception))
        {
            throw new DirectoryStartException(
                $"Another directory service runs on {path}. Stop it first, or name another directory with "
                    + "Directory:Data.",
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DirectoryStartException(
                $"The directory cannot keep its data in {path} ({exception.Message.TrimEnd('.')}). Name another "
                    + "directory with Directory:Data.",
                exception
            );
        }
    }

    /// <summary>Opens a file that only its owner may read, and no other process meanwhile.</summary>
    public static FileStream OpenFile(string path, FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        return new FileStream(path, options);
    }

    public void Dispose() => _lock.Dispose();

    // EWOULDBLOCK of flock(2) on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsLocked(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
