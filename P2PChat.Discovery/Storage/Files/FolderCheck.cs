namespace P2PChat.Discovery.Storage.Files;

/// <summary>
/// Checks that a folder can be written, is the one that has the files of this directory, and is shared by all replicas:
/// each writes a file there, and finds those of the others.
/// </summary>
internal sealed class FolderCheck(FolderLayout layout, IFolderReplicas replicas)
{
    // The replicas that may start while this one checks.
    private const int MaxRounds = 32;

    // Those that Redis may still name, because an answer of it was lost.
    private const int MaxNonces = 8;

    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly TimeSpan ReplicaFileLifetime = TimeSpan.FromDays(1);

    private readonly List<string> _nonces = [];
    private string _own = FolderLayout.NewName();
    private string? _written;

    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    public async Task<FileStoreStatus> RunAsync(string directoryId, CancellationToken cancellationToken)
    {
        try
        {
            if (await FindProblemAsync(directoryId, cancellationToken) is { } problem)
            {
                return problem;
            }

            foreach (var path in new[] { layout.Incoming, layout.Files, layout.Replicas })
            {
                FolderLayout.Create(path);
            }

            await WriteOwnFileAsync(cancellationToken);
            DeleteOldReplicaFiles();
            if (await IsSharedAsync(cancellationToken))
            {
                return new FileStoreStatus(FileStoreState.On, "Files are stored.");
            }

            await replicas.LeaveAsync(_own, cancellationToken);
            return new FileStoreStatus(
                FileStoreState.NotShared,
                $"The folder {layout.Folder} is not the one that the other replicas use. Mount the same folder in all "
                    + "replicas."
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Unusable(
                $"The folder {layout.Folder} cannot be used ({exception.Message.TrimEnd('.')}). Check that it exists "
                    + "and belongs to the user who runs the directory."
            );
        }
    }

    private async Task<FileStoreStatus?> FindProblemAsync(string directoryId, CancellationToken cancellationToken)
    {
        var token = await replicas.FindFolderAsync(cancellationToken);
        var marker = FolderMarker.Find(layout);
        if (marker is not null && marker.DirectoryId != directoryId)
        {
            return new FileStoreStatus(
                FileStoreState.ForeignFolder,
                $"The folder {layout.Folder} holds the files of another directory ({marker.DirectoryId}). Name another "
                    + "folder with Directory:Files:Folder, or empty this one if those files are no longer needed."
            );
        }

        // Never created again by itself: it may only be a mount that is missing.
        var startsEmpty = token is not null && token != marker?.Token && File.Exists(layout.StartEmptyFile);
        if (token is null || startsEmpty)
        {
            FolderLayout.Create(layout.Folder);
            FolderLayout.Create(layout.Replicas);
            marker ??= new FolderMarker(directoryId, FolderLayout.NewName()).Write(layout);
            token = await replicas.KeepFolderAsync(marker.Token, replace: startsEmpty, cancellationToken);
        }

        if (token != marker?.Token)
        {
            return new FileStoreStatus(
                FileStoreState.MissingFolder,
                $"The folder {layout.Folder} is not the one that has the files of this directory. Mount that one, the "
                    + $"same in all replicas. If it is lost, create the empty file {FolderLayout.StartEmptyName} in "
                    + "this folder."
            );
        }

        File.Delete(layout.StartEmptyFile);
        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(layout.Folder) & WritableByOthers) != 0
            ? Unusable($"Other users can write to the folder {layout.Folder}. Run chmod 700 '{layout.Folder}'.")
            : null;
    }

    // Written each time, as a file is uploaded, which shows whether the folder can still be used.
    private async Task WriteOwnFileAsync(CancellationToken cancellationToken)
    {
        if (_written is not null && !NoncesIn(_own).Contains(_written))
        {
            // It is another folder than before, or an old state of it. Check it again under a new name.
            await replicas.LeaveAsync(_own, cancellationToken);
            (_own, _written) = (FolderLayout.NewName(), null);
            _nonces.Clear();
        }

        if (_nonces.Count == MaxNonces)
        {
            _nonces.RemoveAt(0);
        }

        var nonce = FolderLayout.NewName();
        _nonces.Add(nonce);
        FolderLayout.WriteDurably(layout.ReplicaFile(_own), string.Join('\n', _nonces));
        _written = nonce;
    }

    // By the clock of the file server. This replica's may be wrong.
    private void DeleteOldReplicaFiles()
    {
        var now = File.GetLastWriteTimeUtc(layout.ReplicaFile(_own));
        foreach (var file in new DirectoryInfo(layout.Replicas).EnumerateFiles())
        {
            if (file.LastWriteTimeUtc < now - ReplicaFileLifetime)
            {
                file.Delete();
            }
        }
    }

    private async Task<bool> IsSharedAsync(CancellationToken cancellationToken)
    {
        HashSet<ReplicaMark> found = [];
        for (var round = 0; round < MaxRounds; round++)
        {
            var missing = await replicas.JoinAsync(new ReplicaMark(_own, _written!), found, cancellationToken);
            if (missing.Count == 0)
            {
                _nonces.RemoveRange(0, _nonces.Count - 1);
                return true;
            }

            foreach (var other in missing)
            {
                if (!FolderLayout.IsName(other.File) || !NoncesIn(other.File).Contains(other.Nonce))
                {
                    return false;
                }

                _ = found.Add(other);
            }
        }

        return false;
    }

    private string[] NoncesIn(string replica)
    {
        try
        {
            return File.ReadAllLines(layout.ReplicaFile(replica));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static FileStoreStatus Unusable(string detail) => new(FileStoreState.Unusable, detail);
}
