using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Node.Backup;

/// <summary>Makes a data directory of a backup; of one that does not hold, nothing.</summary>
public static class BackupRestorer
{
    // Beside these a peer's files would be mixed with another's.
    private static readonly string[] Foreign =
    [
        .. BackupArchive.Files,
        "peer.db-wal",
        "peer.db-shm",
        RestoredMarker.FileName,
    ];

    /// <summary>In the data directory, from the beginning of a restore to its end: while it is there, all beside it is unfinished.</summary>
    internal const string Staging = "restoring";

    /// <param name="path">The data directory; it is made where there is none.</param>
    /// <returns>Whose backup it was.</returns>
    /// <exception cref="BackupException">The backup cannot be read.</exception>
    /// <exception cref="PeerStartException">The data directory is in use, or holds a peer.</exception>
    /// <exception cref="IOException">Something cannot be read or written; so <see cref="UnauthorizedAccessException"/>.</exception>
    public static BackupManifest Restore(string file, string path, string passphrase, TimeProvider clock)
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
            var manifest = Unpack(input, header, key, data, clock);
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

    /// <summary>To be asked before a peer runs there: it would make itself another key, and take the restored messages for its own.</summary>
    /// <exception cref="PeerStartException">A restore into the directory was cut off.</exception>
    internal static void RefuseUnfinished(string path)
    {
        if (IsUnfinished(path))
        {
            throw new PeerStartException(
                $"What is in {path} is of a restore that was cut off: restore the backup again, or delete that directory."
            );
        }
    }

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
                $"{path} holds a peer already ({found}): name another directory with --data, or move what is there away."
            );
        }
    }

    private static BackupManifest Unpack(
        Stream input,
        BackupHeader header,
        byte[] key,
        DataDirectory data,
        TimeProvider clock
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

            // The mark first, the key last: never is there a key without its mark.
            RestoredMarker.Write(data, clock.GetUtcNow(), manifest.CreatedAt);
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

    // The sign that it is unfinished goes last.
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

    /// <summary>Is on the disk when it is closed.</summary>
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
