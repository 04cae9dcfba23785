using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Node.Backup;

/// <summary>Creates a data directory from a backup. An invalid backup writes nothing.</summary>
public static class BackupRestorer
{
    // A directory with one of these holds a peer already.
    private static readonly string[] Foreign =
    [
        .. BackupArchive.Files,
        "peer.db-wal",
        "peer.db-shm",
        RestoredMarker.FileName,
    ];

    /// <summary>A subdirectory of the data directory. While it exists, a restore is unfinished.</summary>
    public const string Staging = "restoring";

    /// <param name="path">The data directory; created if it does not exist.</param>
    /// <returns>The manifest of the backup.</returns>
    /// <exception cref="BackupException">The backup cannot be read.</exception>
    /// <exception cref="PeerStartException">The data directory is in use, or holds a peer.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    public static BackupManifest Restore(string file, string path, string passphrase, TimeProvider timeProvider)
    {
        using var input = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        RefuseForeign(path);
        var header = BackupHeader.Read(input);
        var key = header.Key(passphrase);

        var isNew = !Directory.Exists(path);
        var isDone = false;
        try
        {
            // The peer that later starts on this directory decides whether its group may write.
            using var data = DataDirectory.Open(path, groupMayWrite: true);
            RefuseForeign(path);
            var manifest = Unpack(input, header, key, data, timeProvider);
            isDone = true;
            return manifest;
        }
        finally
        {
            if (isNew && !isDone && Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    /// <summary>
    /// Refuses to start a peer on an unfinished restore, where it would create another key for the restored messages.
    /// </summary>
    /// <exception cref="PeerStartException">A restore into the directory was interrupted.</exception>
    public static void RefuseUnfinished(string path)
    {
        if (IsUnfinished(path))
        {
            throw new PeerStartException(
                $"A restore into {path} was interrupted. Restore the backup again, or delete that directory."
            );
        }
    }

    /// <summary>Refuses a directory that holds a peer, so that the files of two peers are never mixed.</summary>
    /// <exception cref="PeerStartException">The directory holds a peer.</exception>
    public static void RefuseForeign(string path)
    {
        if (IsUnfinished(path))
        {
            return;
        }

        if (Foreign.FirstOrDefault(name => File.Exists(Path.Combine(path, name))) is { } found)
        {
            throw new PeerStartException(
                $"{path} holds a peer already ({found}). Name another directory with --data, or move its files away."
            );
        }
    }

    private static BackupManifest Unpack(
        Stream input,
        BackupHeader header,
        byte[] key,
        DataDirectory data,
        TimeProvider timeProvider
    )
    {
        var staging = Path.Combine(data.FullPath, Staging);
        if (IsUnfinished(data.FullPath))
        {
            CleanUp(data.FullPath);
        }

        _ = OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(staging)
            : Directory.CreateDirectory(staging, DataDirectory.OwnerOnlyDirectory);
        try
        {
            using (var opened = new OpeningReader(input, key, header.Bytes, header.Chunk))
            {
                BackupArchive.Read(opened, name => new FlushedFile(Path.Combine(staging, name)));
            }

            var manifest = BackupManifest.Parse(ReadManifest(Path.Combine(staging, BackupArchive.ManifestName)));

            // The marker first and the key last, so that there is never a key without its marker.
            RestoredMarker.Write(data, timeProvider.GetUtcNow(), manifest.CreatedAt);
            foreach (var name in BackupArchive.Files.Reverse())
            {
                if (File.Exists(Path.Combine(staging, name)))
                {
                    File.Move(Path.Combine(staging, name), Path.Combine(data.FullPath, name));
                }
            }

            UnixFiles.SyncDirectory(data.FullPath);
            Directory.Delete(staging, recursive: true);
            UnixFiles.SyncDirectory(data.FullPath);
            return manifest;
        }
        catch
        {
            CleanUp(data.FullPath);
            throw;
        }
    }

    private static bool IsUnfinished(string path) => Directory.Exists(Path.Combine(path, Staging));

    // The staging directory goes last, because it marks the rest as unfinished.
    private static void CleanUp(string path)
    {
        foreach (var name in Foreign)
        {
            File.Delete(Path.Combine(path, name));
        }

        Directory.Delete(Path.Combine(path, Staging), recursive: true);
    }

    private static byte[] ReadManifest(string path) =>
        new FileInfo(path).Length <= BackupManifest.MaxSize
            ? File.ReadAllBytes(path)
            : throw new BackupException(BackupError.Damaged);

    /// <summary>A file that is on disk when it is closed.</summary>
    private sealed class FlushedFile(string path) : FileStream(path, DataDirectory.Options(FileMode.CreateNew))
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Flush(flushToDisk: true);
            }

            base.Dispose(disposing);
        }
    }
}
