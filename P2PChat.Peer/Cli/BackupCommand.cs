using P2PChat.Client;
using P2PChat.Node.Backup;

namespace P2PChat.Peer.Cli;

/// <summary><c>backup</c>.</summary>
internal sealed class BackupCommand(CommandContext context)
{
    public async Task<CommandResult> RunAsync(ConsoleCommand.Backup command, CancellationToken cancellationToken)
    {
        if (await ReadPassphraseAsync(command.PassphraseFile, cancellationToken) is not { } passphrase)
        {
            return CommandResult.Failed;
        }

        var path = Path.GetFullPath(command.File);
        await context.Peer.BackUpAsync(new BackupRequest(path, passphrase, command.Force), cancellationToken);
        context.Print($"* the backup is in {path}. Without the passphrase nobody can restore it, including you");
        return CommandResult.Done;
    }

    // Null if there is none; the reason has been printed.
    private async Task<string?> ReadPassphraseAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is null && context.Secrets is null)
        {
            return Fail("A backup needs a passphrase. Give a file that contains it with --passphrase-file.");
        }

        string? passphrase;
        try
        {
            passphrase = file is not null
                ? Passphrase.FromFile(file)
                : await context.Secrets!.Ask("Passphrase for the backup (not shown): ", cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Fail($"The passphrase file cannot be read: {exception.Message}");
        }

        if (Passphrase.ValidationError(passphrase ?? "") is { } error)
        {
            return Fail(error);
        }

        if (
            file is null
            && context.Secrets!.IsTyped
            && await context.Secrets.Ask("Repeat the passphrase: ", cancellationToken) != passphrase
        )
        {
            return Fail("The passphrases do not match. Nothing was written. Try again.");
        }

        return passphrase;
    }

    private string? Fail(string sentence)
    {
        _ = context.Fail(sentence);
        return null;
    }
}
