using System.Text;

namespace P2PChat.Discovery.Storage.Files;

/// <summary>
/// Checks that a folder can be written, belongs to this directory, and is the one that the other replicas use: each
/// writes a file there, and finds those of the others.
/// </summary>
internal sealed class FolderCheck(FolderLayout layout, IFolderReplicas replicas, TimeProvider timeProvider)
{
    // The replicas that may start while this one checks.
    private const int MaxRounds = 32;

    private static readonly TimeSpan ReplicaFileLifetime = TimeSpan.FromDays(1);

    private string _own = FolderLayout.NewName();
    private bool _isWritten;

    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    public async Task<FileStoreStatus> RunAsync(string directoryId, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var path in new[] { layout.Folder, layout.Incoming, layout.Files, layout.Replicas })
            {
                FolderLayout.Create(path);
            }

            if (ReadOrWriteId(directoryId) is var id && id != directoryId)
            {
                return new FileStoreStatus(
                    FileStoreState.ForeignFolder,
                    $"The folder {layout.Folder} holds the files of another directory ({id}). Name another folder "
                        + "with Directory:Files:Folder, or empty this one if those files are no longer needed."
                );
            }

            WriteOwnFile();
            return await IsSharedAsync(cancellationToken)
                ? new FileStoreStatus(FileStoreState.On, "Files are stored.")
                : new FileStoreStatus(
                    FileStoreState.NotShared,
                    $"The folder {layout.Folder} is not the one that the other replicas use. Mount the same folder "
                        + "in all replicas."
                );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new FileStoreStatus(
                FileStoreState.Unusable,
                $"The folder {layout.Folder} cannot be used ({exception.Message.TrimEnd('.')}). Check that it exists "
                    + "and belongs to the user who runs the directory."
            );
        }
    }

    private string ReadOrWriteId(string directoryId)
    {
        if (!File.Exists(layout.IdFile))
        {
            var written = layout.ReplicaFile(_own) + ".id";
            Write(written, directoryId);
            try
            {
                // Never replaces the one of a replica that was faster.
                File.Move(written, layout.IdFile, overwrite: false);
            }
            catch (IOException) when (File.Exists(layout.IdFile))
            {
                File.Delete(written);
            }

            UnixDirectory.Sync(layout.Folder);
        }

        return File.ReadAllText(layout.IdFile).Trim();
    }

    private static void Write(string path, string text)
    {
        using var stream = File.Create(path);
        stream.Write(Encoding.ASCII.GetBytes(text));
        // Otherwise the file might be empty after a crash.
        stream.Flush(flushToDisk: true);
    }

    // Written each time, which shows whether the folder can still be written and renews the file's time.
    private void WriteOwnFile()
    {
        if (_isWritten && !File.Exists(layout.ReplicaFile(_own)))
        {
            // It is another folder than before, such as the one below a mount that has gone. It must be checked anew.
            _own = FolderLayout.NewName();
        }

        File.WriteAllText(layout.ReplicaFile(_own), "");
        _isWritten = true;
        var now = timeProvider.GetUtcNow();
        File.SetLastWriteTimeUtc(layout.ReplicaFile(_own), now.UtcDateTime);
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
        HashSet<string> found = [];
        for (var round = 0; round < MaxRounds; round++)
        {
            var missing = await replicas.JoinAsync(_own, found, cancellationToken);
            if (missing.Count == 0)
            {
                return true;
            }

            foreach (var other in missing)
            {
                if (!FolderLayout.IsName(other) || !File.Exists(layout.ReplicaFile(other)))
                {
                    return false;
                }

                _ = found.Add(other);
            }
        }

        return false;
    }
}
