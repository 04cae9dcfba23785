using System.Globalization;
using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary><c>restore</c>: makes a data directory of a backup, while no peer runs on it.</summary>
public static class RestoreProgram
{
    /// <param name="ask">Gives the passphrase where no file has it; null for none.</param>
    /// <returns>The exit code.</returns>
    public static int Run(
        CommandLine.Restore arguments,
        Func<string, string?> ask,
        TimeProvider clock,
        TextWriter output,
        TextWriter errors
    )
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(ask);
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
                return Fail(
                    ExitCodes.Failure,
                    $"There is no file {arguments.File}: name the backup that 'backup' has written."
                );
            }

            var passphrase = arguments.PassphraseFile is { } file
                ? Passphrase.FromFile(file)
                : ask("Passphrase of the backup: ");
            if (string.IsNullOrEmpty(passphrase))
            {
                return Fail(
                    ExitCodes.Failure,
                    "No passphrase was given: type it, or name a file that holds it with --passphrase-file."
                );
            }

            var manifest = BackupRestorer.Restore(arguments.File, path, passphrase, clock);
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"* restored {manifest.Username}, id {manifest.PeerId[..7]}, as of {manifest.CreatedAt:yyyy-MM-dd HH:mm} UTC, to {path}"
                )
            );
            output.WriteLine("* run it in one place only: two peers with one key take each other's messages");
            return ExitCodes.Success;
        }
        catch (Exception e) when (e is BackupException or PeerStartException)
        {
            return Fail(ExitCodes.Failure, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCodes.Failure, $"The backup cannot be restored: {e.Message}");
        }

        int Fail(int code, string sentence)
        {
            errors.WriteLine(sentence);
            return code;
        }
    }
}
