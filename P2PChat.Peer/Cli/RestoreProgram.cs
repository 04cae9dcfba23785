using System.Globalization;
using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary><c>restore</c>: restores a backup into a data directory without a peer.</summary>
public static class RestoreProgram
{
    /// <param name="askPassphrase">Asks for the passphrase if no file contains it; returns null for none.</param>
    /// <returns>The exit code.</returns>
    public static int Run(
        CommandLine.Restore arguments,
        Func<string, string?> askPassphrase,
        TimeProvider timeProvider,
        TextWriter output,
        TextWriter errors
    )
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(askPassphrase);
        var username = default(Username);
        if (arguments.Username is { } text && !Username.TryParse(text, out username))
        {
            return Fail(ExitCodes.Usage, $"'{text}' is not a username. {Username.Rule}");
        }

        try
        {
            var path = DataDirectory.PathFor(arguments.Data, username);
            BackupRestorer.RefuseForeign(path);
            if (!File.Exists(arguments.File))
            {
                return Fail(ExitCodes.Failure, $"{arguments.File} does not exist. Give the path of a backup file.");
            }

            var passphrase = arguments.PassphraseFile is { } file
                ? Passphrase.FromFile(file)
                : askPassphrase("Passphrase of the backup: ");
            if (string.IsNullOrEmpty(passphrase))
            {
                return Fail(
                    ExitCodes.Failure,
                    "The passphrase is missing. Type it, or give a file that contains it with --passphrase-file."
                );
            }

            var manifest = BackupRestorer.Restore(arguments.File, path, passphrase, timeProvider);
            var createdAt = manifest.CreatedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            output.WriteLine(
                $"* restored {manifest.Username}, id {manifest.PeerId[..7]}, as of {createdAt} UTC, to {path}"
            );
            output.WriteLine("* run it in one place only: two peers with the same key receive each other's messages");
            if (StoredPeer.Read(path) is { } peer && DirectoryNote(peer) is { } note)
            {
                output.WriteLine(note);
            }

            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is BackupException or PeerStartException)
        {
            return Fail(ExitCodes.Failure, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCodes.Failure, $"The backup cannot be restored. {exception.Message}");
        }

        int Fail(int exitCode, string message)
        {
            errors.WriteLine(message);
            return exitCode;
        }
    }

    /// <summary>Says what else <c>p2pchat up</c> needs.</summary>
    /// <returns>Null if the peer's directory ran on another machine.</returns>
    internal static string? DirectoryNote(StoredPeer peer) =>
        Uri.TryCreate(peer.Directory, UriKind.Absolute, out var address) && address.IsLoopback
            ? "* a directory that 'p2pchat up' ran is not in the backup: copy the folder 'directory' from the old data "
                + "directory, too"
            : null;
}
