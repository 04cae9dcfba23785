using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Storage.Files;

/// <summary>Stores files in a folder, which all replicas share.</summary>
internal sealed class FolderFileStore : IFileStore
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _begin = new();
    private readonly FolderLayout _layout;
    private readonly FolderCheck _check;
    private readonly DiskSpaceProbe _probe;
    private readonly TimeProvider _timeProvider;
    private readonly double _freeShare;
    private Task<FileStoreStatus>? _checking;

    // What uploads have yet to write, where the file system does not claim space at their beginning (NFS before 4.2).
    private long _unclaimed;
    private volatile FileStoreStatus _status = new(
        FileStoreState.Unchecked,
        "The directory has not checked its folder of files yet. Try again in a minute."
    );

    public FolderFileStore(
        IFolderReplicas replicas,
        DiskSpaceProbe probe,
        IOptions<DirectoryOptions> options,
        TimeProvider timeProvider
    )
    {
        _layout = new FolderLayout(options.Value.Files.Folder!);
        _check = new FolderCheck(_layout, replicas);
        _probe = probe;
        _timeProvider = timeProvider;
        _freeShare = options.Value.Files.FreeShare;
    }

    public FileStoreStatus Status => _status;

    public async Task CheckAsync(string directoryId, CancellationToken cancellationToken)
    {
        var checking = BeginCheck(directoryId, cancellationToken);
        try
        {
            _status = await checking.WaitAsync(CheckTimeout, _timeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            _status = new FileStoreStatus(
                FileStoreState.Unusable,
                $"The folder {_layout.Folder} does not respond. Check its disk or file server."
            );
        }
        catch (StoreUnavailableException)
        {
            // Reported by StoreHealth. What was checked before still holds.
        }
    }

    public IFileUpload Begin(string blob, long size) =>
        Guard(() =>
        {
            // One at a time, so that each sees the space that the others have claimed.
            lock (_begin)
            {
                var before = _probe(_layout.Folder);
                if (before.Free - Interlocked.Read(ref _unclaimed) - size < _freeShare * before.Total)
                {
                    throw new FileStoreFullException();
                }

                var upload = FolderUpload.Begin(_layout, blob, size);
                var unclaimed = Math.Clamp(size - (before.Free - FreeAfter(before)), 0, size);
                _ = Interlocked.Add(ref _unclaimed, unclaimed);
                upload.Ended = () => Interlocked.Add(ref _unclaimed, -unclaimed);
                return upload;
            }
        });

    public Stream? Open(string blob) =>
        Guard(() =>
        {
            try
            {
                return new FileStream(
                    _layout.PathOf(blob),
                    new FileStreamOptions
                    {
                        Mode = FileMode.Open,
                        Access = FileAccess.Read,
                        // A file may be deleted while it is read.
                        Share = FileShare.Read | FileShare.Delete,
                        Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                        BufferSize = 0,
                    }
                );
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        });

    public void Delete(string blob) =>
        Guard(() =>
        {
            foreach (var path in new[] { _layout.IncomingOf(blob), _layout.PathOf(blob) })
            {
                try
                {
                    File.Delete(path);
                }
                catch (DirectoryNotFoundException)
                {
                    // Nothing to delete.
                }
            }

            return true;
        });

    public IEnumerable<string> FindOlderThan(TimeSpan age)
    {
        var before = _timeProvider.GetUtcNow() - age;
        return new[] { _layout.Incoming, _layout.Files }
            .Where(Directory.Exists)
            .SelectMany(directory =>
                new DirectoryInfo(directory).EnumerateFiles(
                    "*",
                    new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }
                )
            )
            .Where(file => FolderLayout.IsName(file.Name) && file.LastWriteTimeUtc <= before)
            .Select(file => file.Name);
    }

    // At most one at a time, on a thread of its own, because it may hang together with its file server.
    private Task<FileStoreStatus> BeginCheck(string directoryId, CancellationToken cancellationToken)
    {
        lock (_check)
        {
            return _checking is { IsCompleted: false }
                ? _checking
                : _checking = Task.Run(() => _check.RunAsync(directoryId, cancellationToken), CancellationToken.None);
        }
    }

    private long FreeAfter(DiskSpace before)
    {
        try
        {
            return _probe(_layout.Folder).Free;
        }
        catch (IOException)
        {
            return before.Free;
        }
    }

    // A lack of permission is an I/O error to the callers.
    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }
}
