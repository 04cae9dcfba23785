using P2PChat.Peer.Identity;

namespace P2PChat.Peer.Backup;

/// <summary>Makes a data directory of a backup; of one that does not hold, nothing.</summary>
internal static class BackupRestorer
{
    // Beside these a peer's files would be mixed with another's.
    private static readonly string[] Foreign = [.. BackupArchive.Files, "peer.db-wal", "peer.db-shm", RestoredMarker.FileName];

    private const string Staging = "restoring";

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
            using var data = DataDirectory.Open(path);
            RefuseForeign(path);
            var manifest = Unpack(input, header, key, data, clock);
            isDone = true;
            return manifest;
        }
        finally
        {
            if (isNew && !isDone && Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    /// <exception cref="PeerStartException">The directory holds a peer.</exception>
    public static void RefuseForeign(string path)
    {
        if (Foreign.FirstOrDefault(name => File.Exists(Path.Combine(path, name))) is { } found)
            throw new PeerStartException($"{path} holds a peer already ({found}): name another directory with --data, or move what is there away.");
    }

    private static BackupManifest Unpack(Stream input, BackupHeader header, byte[] key, DataDirectory data, TimeProvider clock)
    {
        var staging = Path.Combine(data.FullPath, Staging);
        if (Directory.Exists(staging))
            Directory.Delete(staging, recursive: true);
        _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(staging) : Directory.CreateDirectory(staging, DataDirectory.OwnerOnlyDirectory);
        try
        {
            using (var opened = new OpeningReader(input, key, header.Bytes, header.Chunk))
                BackupArchive.Read(opened, name => new FlushedFile(Path.Combine(staging, name)));
            var manifest = BackupManifest.Parse(ReadManifest(Path.Combine(staging, BackupArchive.ManifestName)));

            // The mark first, the key last: what is cut off in between is no peer, and never one without its mark.
            RestoredMarker.Write(data, clock.GetUtcNow(), manifest.CreatedAt);
            foreach (var name in BackupArchive.Files.Reverse())
            {
                if (File.Exists(Path.Combine(staging, name)))
                    File.Move(Path.Combine(staging, name), Path.Combine(data.FullPath, name));
            }

            return manifest;
        }
        finally
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    private static byte[] ReadManifest(string path) =>
        new FileInfo(path).Length <= BackupManifest.MaxSize ? File.ReadAllBytes(path) : throw new BackupException(BackupError.Damaged);

    /// <summary>Is on the disk when it is closed.</summary>
    private sealed class FlushedFile(string path) : FileStream(path, DataDirectory.Options(FileMode.CreateNew))
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing)
                Flush(flushToDisk: true);
            base.Dispose(disposing);
        }
    }
}
