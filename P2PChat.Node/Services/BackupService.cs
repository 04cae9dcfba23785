using P2PChat.Node.Backup;
using P2PChat.Node.Model;

namespace P2PChat.Node.Services;

/// <summary>Backs up this peer while it runs (docs/backup.md). Thread-safe.</summary>
public sealed class BackupService
{
    private readonly BackupWriter _writer;

    internal BackupService(BackupWriter writer) => _writer = writer;

    /// <summary>Writes everything that this peer needs elsewhere to one file, encrypted with a passphrase.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="force">Whether to replace an existing file.</param>
    /// <exception cref="PeerException">
    /// The peer is ephemeral, the path or passphrase is not valid, or writing failed.
    /// </exception>
    public Task BackUpAsync(string path, string passphrase, bool force, CancellationToken cancellationToken) =>
        _writer.WriteAsync(path, passphrase, force, cancellationToken);

    /// <summary>
    /// Writes a backup to a file that is already unlinked when this returns, so it is gone once the stream is disposed.
    /// </summary>
    /// <exception cref="PeerException">
    /// The peer is ephemeral, the passphrase is not valid, or writing failed.
    /// </exception>
    public Task<Stream> OpenNewAsync(string passphrase, CancellationToken cancellationToken) =>
        _writer.OpenNewAsync(passphrase, cancellationToken);
}
