namespace P2PChat.Discovery.Storage.Files;

/// <summary>A file in <c>incoming</c>, which is renamed when it is complete.</summary>
internal sealed class FolderUpload : IFileUpload
{
    // ENOSPC, EFBIG, EDQUOT of Linux and macOS, and ERROR_DISK_FULL.
    private static readonly int[] DiskFull = [28, 27, 122, 69, unchecked((int)0x80070070)];

    // COR_E_IO. With it .NET reports that the space for PreallocationSize is missing, and nothing else about a file.
    private const int NotAllocated = unchecked((int)0x80131620);

    private readonly FolderLayout _layout;
    private readonly string _blob;
    private readonly FileStream _stream;
    private bool _isCommitted;

    private FolderUpload(FolderLayout layout, string blob, FileStream stream) =>
        (_layout, _blob, _stream) = (layout, blob, stream);

    /// <summary>Called once when the upload has ended.</summary>
    public Action? Ended { get; set; }

    public static FolderUpload Begin(FolderLayout layout, string blob, long size)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Delete,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
            PreallocationSize = size,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new FolderUpload(layout, blob, new FileStream(layout.IncomingOf(blob), options));
        }
        catch (IOException exception) when (IsFull(exception) || exception.HResult == NotAllocated)
        {
            File.Delete(layout.IncomingOf(blob));
            throw new FileStoreFullException(exception);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException exception) when (IsFull(exception))
        {
            throw new FileStoreFullException(exception);
        }
    }

    public void Commit()
    {
        try
        {
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException exception) when (IsFull(exception))
        {
            throw new FileStoreFullException(exception);
        }

        _stream.Dispose();
        var directory = _layout.DirectoryOf(_blob);
        if (!Directory.Exists(directory))
        {
            FolderLayout.Create(directory);
            UnixDirectory.Sync(_layout.Files);
        }

        File.Move(_layout.IncomingOf(_blob), _layout.PathOf(_blob));
        _isCommitted = true;
        UnixDirectory.Sync(directory);
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        Ended?.Invoke();
        Ended = null;
        if (_isCommitted)
        {
            return;
        }

        try
        {
            File.Delete(_layout.IncomingOf(_blob));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A sweep deletes it.
        }
    }

    private static bool IsFull(IOException exception) => DiskFull.Contains(exception.HResult);
}
