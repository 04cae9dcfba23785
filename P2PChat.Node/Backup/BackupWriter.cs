using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Backup;

/// <summary>The source of backups.</summary>
/// <param name="Directory">The data directory; null for an ephemeral peer.</param>
internal sealed record BackupSource(string? Directory);

/// <summary>Writes backups of the peer while it runs.</summary>
internal sealed class BackupWriter(
    BackupSource source,
    PeerOptions options,
    PeerIdentity identity,
    Contacts contacts,
    TimeProvider timeProvider
) : IDisposable
{
    /// <summary>The copy of the store, in the data directory while a backup is written.</summary>
    public const string StoreCopy = "backup-of-peer.db";

    // A finished backup on its way to the page. It is encrypted, and deleted as soon as it is open.
    private const string Download = "backup-to-download";

    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>
    /// Makes a consistent copy of the store in a new file. Null if there is no store. Copying the file itself could
    /// copy half-written pages.
    /// </summary>
    public Func<string, CancellationToken, Task>? CopyStoreAsync { get; set; }

    /// <summary>Creates the key derivation; tests use a cheaper one.</summary>
    internal Func<PassphraseKdf> NewKdf { get; set; } = PassphraseKdf.New;

    /// <summary>Deletes what interrupted backups have left.</summary>
    public void CleanUp()
    {
        if (source.Directory is not null)
        {
            TryDelete(InData(StoreCopy));
            foreach (var file in Directory.EnumerateFiles(source.Directory, $"{Download}.*"))
            {
                TryDelete(file);
            }
        }
    }

    /// <summary>Writes a backup.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="force">Whether to replace an existing file.</param>
    /// <exception cref="PeerException">
    /// The path or passphrase is invalid, the peer is ephemeral, or writing fails.
    /// </exception>
    public async Task WriteAsync(string path, string passphrase, bool force, CancellationToken cancellationToken)
    {
        Validate(passphrase);
        Validate(path, force);
        await _oneAtATime.WaitAsync(cancellationToken);
        var written = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            await SealAsync(written, passphrase, cancellationToken);
            File.Move(written, path, overwrite: force);
            UnixFiles.SyncDirectory(Path.GetDirectoryName(path)!);
        }
        catch (IOException exception) when (exception is not StoreException && !force && File.Exists(path))
        {
            throw Exists(path);
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.BackupFailed, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PeerException(
                PeerError.BackupFailed,
                $"The backup cannot be written to {path}. Check that its directory exists, belongs to you, and "
                    + "has space."
            );
        }
        finally
        {
            TryDelete(written);
            TryDelete(InData(StoreCopy));
            _ = _oneAtATime.Release();
        }
    }

    /// <summary>Writes a backup and opens it, without leaving a file.</summary>
    /// <exception cref="PeerException">The passphrase is invalid, the peer is ephemeral, or writing fails.</exception>
    public async Task<Stream> OpenNewAsync(string passphrase, CancellationToken cancellationToken)
    {
        Validate(passphrase);
        await _oneAtATime.WaitAsync(cancellationToken);
        var written = InData($"{Download}.{Path.GetRandomFileName()}");
        try
        {
            await SealAsync(written, passphrase, cancellationToken);
            return new FileStream(written, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.BackupFailed, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PeerException(
                PeerError.BackupFailed,
                "The backup cannot be written. Check that the disk of the peer's machine has space."
            );
        }
        finally
        {
            // The open stream still reads the deleted file.
            TryDelete(written);
            TryDelete(InData(StoreCopy));
            _ = _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task SealAsync(string path, string passphrase, CancellationToken cancellationToken)
    {
        contacts.Flush();
        if (CopyStoreAsync is { } copy)
        {
            File.Delete(InData(StoreCopy));
            await copy(InData(StoreCopy), cancellationToken);
        }

        await Task.Run(() => Write(path, passphrase), cancellationToken);
    }

    private void Validate(string passphrase)
    {
        if (source.Directory is null)
        {
            throw new PeerException(
                PeerError.BadBackup,
                "This peer is ephemeral, so there is nothing to back up. Use a peer that keeps its data."
            );
        }

        if (Passphrase.ValidationError(passphrase) is { } error)
        {
            throw new PeerException(PeerError.BadBackup, error);
        }
    }

    private void Validate(string path, bool force)
    {
        if (!Path.IsPathFullyQualified(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new PeerException(
                PeerError.BadBackup,
                "The path of the backup must be absolute, on the peer's machine."
            );
        }

        // It could replace the store.
        if (
            Path.GetDirectoryName(Path.GetFullPath(path))
            == Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Directory!))
        )
        {
            throw new PeerException(
                PeerError.BadBackup,
                $"{path} is in this peer's data directory. Name a file outside it."
            );
        }

        if (Directory.Exists(path))
        {
            throw new PeerException(PeerError.BadBackup, $"{path} is a directory. Name a file in it.");
        }

        if (!force && File.Exists(path))
        {
            throw Exists(path);
        }
    }

    private void Write(string path, string passphrase)
    {
        var kdf = NewKdf();
        var (key, check) = kdf.Derive(Passphrase.ForNewBackup(passphrase));
        var header = BackupHeader.Create(kdf, BackupHeader.DefaultChunk, check);

        using var output = new FileStream(path, DataDirectory.Options(FileMode.CreateNew));
        output.Write(header.Bytes);
        using (var chunks = new SealingWriter(output, key, header.Bytes, header.Chunk))
        {
            var manifest = new BackupManifest(
                options.Username.ToLowerInvariant(),
                identity.PeerId.ToString(),
                timeProvider.GetUtcNow()
            );
            BackupArchive.Write(chunks, BackupArchive.ManifestName, new MemoryStream(manifest.ToUtf8()));
            foreach (var name in BackupArchive.Written)
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
                BackupArchive.Write(chunks, name, content);
            }

            BackupArchive.WriteEnd(chunks);
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Best effort: a failure that matters has been reported.
        }
    }

    private static PeerException Exists(string path) =>
        new(PeerError.BackupExists, $"{path} already exists. Name another file, or replace it.");
}
