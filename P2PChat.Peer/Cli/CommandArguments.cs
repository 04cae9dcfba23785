using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>Parsers for the arguments of console commands.</summary>
internal static class CommandArguments
{
    /// <summary>The value that resets a setting.</summary>
    public const string DefaultValue = "default";

    /// <summary>No arguments.</summary>
    public static Func<CommandInfo, string, ConsoleCommand> None(ConsoleCommand command) =>
        (info, arguments) => arguments.Length == 0 ? command : info.UsageError($"'{info.Name}' takes no arguments");

    /// <summary>One username.</summary>
    public static Func<CommandInfo, string, ConsoleCommand> Name(Func<Username, ConsoleCommand> create) =>
        (info, arguments) =>
        {
            if (arguments.Length == 0)
            {
                return info.UsageError($"'{info.Name}' needs {info.Recipient}");
            }

            if (CommandParser.SplitFirst(arguments).Tail.Length > 0)
            {
                return info.UsageError($"'{info.Name}' takes one username");
            }

            return Username.TryParse(arguments, out var name) ? create(name) : InvalidUsername(info, arguments);
        };

    /// <summary>A username, and all the text after it.</summary>
    /// <param name="textName">What the text is, with its article, for usage errors.</param>
    public static Func<CommandInfo, string, ConsoleCommand> NameAndText(
        string textName,
        Func<Username, string, ConsoleCommand> create
    ) =>
        (info, arguments) =>
        {
            if (arguments.Length == 0)
            {
                return info.UsageError($"'{info.Name}' needs {info.Recipient}, and {textName}");
            }

            var (first, text) = CommandParser.SplitFirst(arguments);
            if (!Username.TryParse(first, out var name))
            {
                return InvalidUsername(info, first);
            }

            return text.Length == 0
                ? info.UsageError($"'{info.Name}' needs {textName} after the username")
                : create(name, text);
        };

    public static ConsoleCommand Trust(CommandInfo info, string arguments)
    {
        var (first, key) = CommandParser.SplitFirst(arguments);
        if (first.Length == 0)
        {
            return info.UsageError("'trust' needs a username");
        }

        if (!Username.TryParse(first, out var name))
        {
            return InvalidUsername(info, first);
        }

        return key.Contains(' ', StringComparison.Ordinal)
            ? info.UsageError("'trust' takes a username and one key")
            : new ConsoleCommand.Trust(name, key.Length == 0 ? null : key);
    }

    public static ConsoleCommand Set(CommandInfo info, string arguments)
    {
        var (name, rest) = CommandParser.SplitFirst(arguments);
        var (value, more) = CommandParser.SplitFirst(rest);
        if (value.Length == 0 || more.Length > 0)
        {
            return info.UsageError("'set' needs a setting and one value; 'settings' shows them");
        }

        return new ConsoleCommand.ChangeSetting(
            name,
            value.Equals(DefaultValue, StringComparison.OrdinalIgnoreCase) ? null : value
        );
    }

    public static ConsoleCommand Backup(CommandInfo info, string arguments)
    {
        var (force, passphraseFile) = (false, (string?)null);
        while (arguments.StartsWith("--", StringComparison.Ordinal))
        {
            (var option, arguments) = CommandParser.SplitFirst(arguments);
            switch (option)
            {
                case "--force":
                    force = true;
                    break;
                case CommandLineParser.PassphraseOption:
                    (passphraseFile, arguments) = CommandParser.SplitFirst(arguments);
                    break;
                default:
                    return info.UsageError($"'{option}' is not an option of 'backup'");
            }
        }

        return arguments.Length == 0
            ? info.UsageError("'backup' needs a file to write to")
            : new ConsoleCommand.Backup(arguments, force, passphraseFile);
    }

    public static ConsoleCommand Help(CommandInfo info, string arguments)
    {
        if (arguments.Length == 0)
        {
            return new ConsoleCommand.Help(null);
        }

        return CommandTable.Find(arguments) is { } topic
            ? new ConsoleCommand.Help(topic)
            : CommandParser.Unknown(arguments);
    }

    public static ConsoleCommand.Invalid InvalidUsername(CommandInfo info, string text) =>
        new(
            RoomArguments.IsRoom(text) && !info.TakesRoom
                ? $"'{info.Name}' takes a username, not a room.{InsteadForRoom(info.Name)}"
                : $"'{text}' is not a username. {Username.Rule}"
        );

    private static string InsteadForRoom(string command) =>
        command switch
        {
            "mute" => " For a room, use 'room notify <#room> none'.",
            "unmute" => " For a room, use 'room notify <#room> all'.",
            "auto-accept" or "send-file" => " Files cannot be sent to rooms.",
            "timer" => " Messages in rooms do not disappear.",
            _ => "",
        };
}
