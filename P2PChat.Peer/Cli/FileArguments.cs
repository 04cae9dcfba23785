using P2PChat.Client;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>The commands about files, and their arguments.</summary>
internal static class FileArguments
{
    private const string Numbers = "The number is that of the last list of 'files', where 1 is the newest.";

    public static IReadOnlyList<CommandInfo> Commands { get; } =
    [
        new(
            "send-file",
            "<username> <file>",
            "offer someone a file",
            "It is sent once the other user accepts. If they are away, up to 8 MiB can wait at the directory; more "
                + "is sent when you are both online. Leave the file where it is until 'files' says complete.",
            "send-file bob report.pdf",
            Offer
        ),
        new(
            "files",
            "",
            "list sent and received files",
            "Shows their progress. The newest is last, and has the number 1.",
            "files",
            (info, arguments) =>
                arguments.Length > 0 ? info.UsageError("'files' takes no argument") : new ConsoleCommand.Files(),
            SupportsJson: true
        ),
        new(
            "accept-file",
            "<n|id>",
            "accept a file, or resume a paused one",
            $"The file goes to the download folder. {Numbers}",
            "accept-file 1",
            Change(FileAction.Accept)
        ),
        new(
            "auto-accept",
            "<username> <on|off>",
            "accept a contact's files without asking",
            "With 'off' you are asked about each file. This overrides the setting 'accept-files'; its limits of "
                + "size and type still apply. 'auto-accept <username> default' returns to the setting.",
            "auto-accept bob on",
            AutoAcceptFrom
        ),
        new(
            "pause",
            "<n|id>",
            "pause a file",
            $"'accept-file' resumes it. {Numbers}",
            "pause 1",
            Change(FileAction.Pause)
        ),
        new(
            "cancel",
            "<n|id>",
            "cancel a file, or decline it",
            $"The part that has arrived is deleted. {Numbers}",
            "cancel 1",
            Change(FileAction.Cancel)
        ),
        new(
            "save",
            "<n|id> [path]",
            "copy a file that you received",
            $"Without a path, it is copied to the current folder. {Numbers}",
            "save 1 ~/Documents",
            Save
        ),
    ];

    private static ConsoleCommand Offer(CommandInfo info, string arguments)
    {
        var (first, file) = CommandParser.SplitFirst(arguments);
        return first.Length == 0 || file.Length == 0 ? info.UsageError("'send-file' needs a username and a file")
            : Username.TryParse(first, out var name) ? new ConsoleCommand.OfferFile(name, file)
            : CommandArguments.InvalidUsername(info, first);
    }

    private static ConsoleCommand AutoAcceptFrom(CommandInfo info, string arguments)
    {
        var (first, value) = CommandParser.SplitFirst(arguments);
        if (first.Length == 0)
        {
            return info.UsageError($"'{info.Name}' needs a username, and on, off or default");
        }

        if (!Username.TryParse(first, out var name))
        {
            return CommandArguments.InvalidUsername(info, first);
        }

        (AutoAccept Value, string Done)? choice = value.ToLowerInvariant() switch
        {
            "on" => (AutoAccept.On, $"Files from {name} are accepted without asking, within the limits in 'settings'."),
            "off" => (AutoAccept.Off, $"You are asked about each file from {name}."),
            CommandArguments.DefaultValue => (AutoAccept.Default, $"The settings apply to files from {name} again."),
            _ => null,
        };
        return choice is var (accept, done)
            ? new ConsoleCommand.Mark(name, new MarksRequest(AcceptFiles: accept), done)
            : info.UsageError($"'{info.Name}' needs on, off or default after the username");
    }

    private static Func<CommandInfo, string, ConsoleCommand> Change(FileAction action) =>
        (info, arguments) =>
            MessageChoice.TryParse(arguments, out var choice)
                ? new ConsoleCommand.ChangeFile(choice, action)
                : NeedsNumber(info);

    private static ConsoleCommand Save(CommandInfo info, string arguments)
    {
        var (which, path) = CommandParser.SplitFirst(arguments);
        return MessageChoice.TryParse(which, out var choice)
            ? new ConsoleCommand.SaveFile(choice, path.Length == 0 ? null : path)
            : NeedsNumber(info);
    }

    private static ConsoleCommand.Invalid NeedsNumber(CommandInfo info) =>
        info.UsageError(
            $"'{info.Name}' needs the number of a file in 'files', from 1 to {MessageChoice.MaxNumber}, or its id"
        );
}

/// <summary>What a command does to a file.</summary>
public enum FileAction
{
    Accept,
    Pause,
    Cancel,
}
