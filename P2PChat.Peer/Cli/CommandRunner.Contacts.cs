using P2PChat.Node.Backup;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>Where a passphrase comes from.</summary>
/// <param name="Ask">Gets a line that is shown nowhere; null for none.</param>
/// <param name="IsTyped">Whether a person types it without seeing it, and so had better do it twice.</param>
public sealed record SecretSource(Func<string, CancellationToken, Task<string?>> Ask, bool IsTyped);

/// <content>Contacts, the backup, and deleting.</content>
public sealed partial class CommandRunner
{
    private async Task<CommandResult> VerifyAsync(Username name, string digits, CancellationToken cancellationToken)
    {
        if (await peer.VerifyAsync(name, digits, cancellationToken))
        {
            print($"The same: nobody is between you and {name}, who is now marked as verified.");
            return CommandResult.Done;
        }

        complain(
            $"THEY DIFFER: this is not the number that you and {name} have in common. Look for a slip first; if there is none, somebody is between you, and what you write to {name} goes to them."
        );
        return CommandResult.Failed;
    }

    private async Task<CommandResult> BackUpAsync(ConsoleCommand.Backup command, CancellationToken cancellationToken)
    {
        if (await PassphraseAsync(command.PassphraseFile, cancellationToken) is not { } passphrase)
        {
            return CommandResult.Failed;
        }

        var path = Path.GetFullPath(command.File);
        await peer.BackUpAsync(path, passphrase, command.Force, cancellationToken);
        print($"* the backup is in {path}: without the passphrase nobody can restore it, you neither");
        return CommandResult.Done;
    }

    private async Task<CommandResult> DeleteAsync(ConsoleCommand.Delete command, CancellationToken cancellationToken)
    {
        var name = command.Name;
        if (command.Id is { } id)
        {
            _ = await peer.DeleteAsync(name, id, cancellationToken);
            print($"The message is deleted on this side. {name} keeps a copy.");
            return CommandResult.Done;
        }

        if (!command.Force && confirm is null)
        {
            complain($"Nothing was deleted. To delete all messages with {name}, use 'delete --force {name} all'.");
            return CommandResult.Failed;
        }

        if (
            !command.Force
            && !await confirm!(
                $"Delete all messages with {name} on this side? They cannot be restored.",
                cancellationToken
            )
        )
        {
            print("Nothing was deleted.");
            return CommandResult.Failed;
        }

        var count = await peer.DeleteAsync(name, id: null, cancellationToken);
        print(
            count switch
            {
                0 => $"There are no messages with {name}.",
                1 => $"1 message with {name} is deleted on this side. {name} keeps a copy.",
                _ => $"{count} messages with {name} are deleted on this side. {name} keeps a copy.",
            }
        );
        return CommandResult.Done;
    }

    // Null where a sentence has said why there is none.
    private async Task<string?> PassphraseAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is null && secrets is null)
        {
            return Refuse("There is nobody to ask for a passphrase: name a file that holds it with --passphrase-file.");
        }

        string? passphrase;
        try
        {
            passphrase = file is not null
                ? Passphrase.FromFile(file)
                : await secrets!.Ask("Passphrase for the backup (nothing shows): ", cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse($"The file of the passphrase cannot be read: {e.Message}");
        }

        if (Passphrase.WhyNot(passphrase ?? "") is { } why)
        {
            return Refuse(why);
        }

        if (
            file is null
            && secrets!.IsTyped
            && await secrets.Ask("The same once more: ", cancellationToken) != passphrase
        )
        {
            return Refuse("The two are not the same: nothing was written, begin again.");
        }

        return passphrase;

        string? Refuse(string sentence)
        {
            complain(sentence);
            return null;
        }
    }
}
