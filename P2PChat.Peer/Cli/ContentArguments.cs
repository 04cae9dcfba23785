using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>The commands that refer to a message, and their arguments.</summary>
internal static class ContentArguments
{
    private const string Theirs = "1 is their newest message, 2 the one before it; 'search' shows the ids.";
    private const string Yours = "1 is your newest message, 2 the one before it; 'search' shows the ids.";
    private const string RemovesReaction = "-";

    public static IReadOnlyList<CommandInfo> Commands { get; } =
    [
        new(
            "reply",
            "<username> <n|id> <message>",
            "answer one of their messages",
            $"The answer shows the message above it. {Theirs}",
            "reply bob 1 yes, at eight",
            Text((name, choice, text) => new ConsoleCommand.Reply(name, choice, text))
        ),
        new(
            "react",
            "<username> <n|id> <emoji|->",
            "react to one of their messages with an emoji",
            $"A new reaction replaces your earlier one, and '-' removes it. {Theirs}",
            "react bob 1 👍",
            Text(
                (name, choice, text) => new ConsoleCommand.React(name, choice, text == RemovesReaction ? null : text),
                "an emoji, or '-',"
            )
        ),
        new(
            "edit",
            "<username> <n|id> <message>",
            "change a message that you sent",
            $"Within 48 hours. The other person can see the earlier text. {Yours}",
            "edit bob 1 at nine, I mean",
            Text((name, choice, text) => new ConsoleCommand.Edit(name, choice, text))
        ),
        new(
            "unsend",
            "<username> <n|id>",
            "delete a message that you sent, on both sides",
            "Their peer deletes it too, as soon as it gets to know. They may have read it, and a backup or an older "
                + $"version of this program keeps it. {Yours}",
            "unsend bob 1",
            Only((name, choice) => new ConsoleCommand.Unsend(name, choice))
        ),
        new(
            "info",
            "<username> <n|id>",
            "show the times and the earlier texts of a message",
            "1 is the newest message of the conversation, 2 the one before it; 'search' shows the ids.",
            "info bob 1",
            Only((name, choice) => new ConsoleCommand.Info(name, choice)),
            SupportsJson: true
        ),
    ];

    private static Func<CommandInfo, string, ConsoleCommand> Text(
        Func<Username, MessageChoice, string, ConsoleCommand> create,
        string what = "a message"
    ) =>
        (info, arguments) =>
        {
            if (ReadChoice(info, arguments, out var name, out var choice, out var text) is { } refusal)
            {
                return refusal;
            }

            return text.Length == 0
                ? info.UsageError($"'{info.Name}' needs {what} after the number")
                : create(name, choice, text);
        };

    private static Func<CommandInfo, string, ConsoleCommand> Only(
        Func<Username, MessageChoice, ConsoleCommand> create
    ) =>
        (info, arguments) =>
        {
            if (ReadChoice(info, arguments, out var name, out var choice, out var text) is { } refusal)
            {
                return refusal;
            }

            return text.Length > 0
                ? info.UsageError($"'{info.Name}' takes a username and one message")
                : create(name, choice);
        };

    private static ConsoleCommand.Invalid? ReadChoice(
        CommandInfo info,
        string arguments,
        out Username name,
        out MessageChoice choice,
        out string text
    )
    {
        var (first, tail) = CommandParser.SplitFirst(arguments);
        (var which, text) = CommandParser.SplitFirst(tail);
        (name, choice) = (default, default);
        if (first.Length == 0)
        {
            return info.UsageError($"'{info.Name}' needs a username");
        }

        if (!Username.TryParse(first, out name))
        {
            return CommandArguments.InvalidUsername(first);
        }

        return MessageChoice.TryParse(which, out choice)
            ? null
            : info.UsageError(
                $"'{info.Name}' needs the number of a message, from 1 to {MessageChoice.MaxNumber}, or its id, "
                    + "after the username"
            );
    }
}
