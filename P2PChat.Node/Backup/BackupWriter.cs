using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Backup;

/// <param name="Directory">The data directory; null where nothing is kept.</param>
internal sealed record BackupSource(string? Directory);

/// <summary>Writes backups of the peer while it runs.</summary>
internal sealed class BackupWriter(
    BackupSource source,
    PeerOptions options,
    PeerIdentity identity,
    Contacts contacts,
    TimeProvider clock
) : IDisposable
{
    /// <summary>In the data directory, while a backup is written.</summary>
    public const string StoreCopy = "backup-of-peer.db";

    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>
    /// Makes a consistent copy of the store in a file that is not there yet. Null where there is no store: then no backup
    /// has one, for the bytes of a database that is being written are no copy.
    /// </summary>
    public Func<string, CancellationToken, Task>? CopyStoreAsync { get; set; }

    /// <summary>What a key is made with; tests take a cheaper one.</summary>
    internal Func<PassphraseKdf> NewKdf { get; set; } = PassphraseKdf.New;

    /// <summary>
    /// Deletes what a backup has left that was cut off with its process: a copy of the store, with all that is deleted later.
    /// </summary>
    public void CleanUp()
    {
        if (source.Directory is not null)
        {
            TryDelete(InData(StoreCopy));
        }
    }

    /// <param name="path">Absolute.</param>
    /// <param name="force">Whether a file that is there is replaced.</param>
    /// <exception cref="PeerException">There can be no backup there, or of this peer, or it cannot be written.</exception>
    public async Task WriteAsync(string path, string passphrase, bool force, CancellationToken cancellationToken)
    {
        Judge(path, passphrase, force);
        await _oneAtATime.WaitAsync(cancellationToken);
        var written = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            if (CopyStoreAsync is { } copy)
            {
                File.Delete(InData(StoreCopy));
                await copy(InData(StoreCopy), cancellationToken);
            }

            await Task.Run(() => Write(written, passphrase), cancellationToken);
            File.Move(written, path, overwrite: force);
            UnixFiles.SyncDirectory(Path.GetDirectoryName(path)!);
        }
        catch (IOException) when (!force && File.Exists(path))
        {
            throw Exists(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PeerException(
                PeerError.BackupFailed,
                $"The backup cannot be written to {path}: see that its directory is there, is yours, and has space."
            );
        }
        catch (StoreException e)
        {
            throw new PeerException(PeerError.BackupFailed, e.Message);
        }
        finally
        {
            TryDelete(written);
            TryDelete(InData(StoreCopy));
            _ = _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private void Judge(string path, string passphrase, bool force)
    {
        if (source.Directory is null)
        {
            throw new PeerException(
                PeerError.BadBackup,
                "This peer is ephemeral, and has nothing that could be restored: run it without --ephemeral."
            );
        }

        if (!Path.IsPathFullyQualified(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new PeerException(
                PeerError.BadBackup,
                "Where the backup is to be written must be an absolute path, on the peer's machine."
            );
        }

        if (Passphrase.WhyNot(passphrase) is { } why)
        {
            throw new PeerException(PeerError.BadBackup, why);
        }
        // The store's for instance: what is sent afterwards would be written nowhere.
        if (
            Path.GetDirectoryName(Path.GetFullPath(path))
            == Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Directory))
        )
        {
            throw new PeerException(
                PeerError.BadBackup,
                $"{path} is among this peer's own files: name a file outside of its data directory."
            );
        }

        if (Directory.Exists(path))
        {
            throw new PeerException(PeerError.BadBackup, $"{path} is a directory: name a file in it.");
        }

        if (!force && File.Exists(path))
        {
            throw Exists(path);
        }
    }

    private void Write(string path, string passphrase)
    {
        contacts.Flush();
        var kdf = NewKdf();
        var (key, check) = kdf.Derive(Passphrase.ForNewBackup(passphrase));
        var header = BackupHeader.Create(kdf, BackupHeader.DefaultChunk, check);

        using var output = new FileStream(path, DataDirectory.Options(FileMode.CreateNew));
        output.Write(header.Bytes);
        using (var pieces = new SealingWriter(output, key, header.Bytes, header.Chunk))
        {
            var manifest = new BackupManifest(
                options.Username.ToLowerInvariant(),
                identity.PeerId.ToString(),
                clock.GetUtcNow()
            );
            BackupArchive.Write(pieces, BackupArchive.ManifestName, new MemoryStream(manifest.ToUtf8()));
            foreach (var name in BackupArchive.Files)
            {
                var file = InData(name == BackupArchive.StoreName ? StoreCopy : name);
                if (!File.Exists(file))
                {
                    continue;
                }

                using var content = new FileStream(
                    file,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete
                );
                BackupArchive.Write(pieces, name, content);
            }

            BackupArchive.WriteEnd(pieces);
        }

        output.Flush(flushToDisk: true);
    }

    private string InData(string name) => Path.Combine(source.Directory!, name);

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be deleted could not be written either, or its disk is gone: the failure that matters is told.
        }
    }

    private static PeerException Exists(string path) =>
        new(PeerError.BackupExists, $"{path} is there already: name another file, or say --force to replace it.");
}
