using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>The commands that refer to a message, and their arguments.</summary>
internal static class ContentArguments
{
    private const string Theirs = "1 is the newest message from others, 2 the one before it. For an id, use 'search'.";
    private const string Yours =
        "1 is your newest message, even if it is deleted, 2 the one before it. For an id, use 'search'.";
    public const string RemovesReaction = "-";

    public static IReadOnlyList<CommandInfo> Commands { get; } =
    [
        new(
            "reply",
            "<name|#room> <n|id> <text>",
            "reply to a message",
            $"The message is shown above your reply. {Theirs}",
            "reply bob 1 yes, at eight",
            RoomMessageArguments.Or(
                Text((name, choice, text) => new ConsoleCommand.Reply(name, choice, text)),
                RoomMessageVerb.Reply
            )
        ),
        new(
            "react",
            "<name|#room> <n|id> <emoji>",
            "react to a message with an emoji",
            $"A new reaction replaces your earlier one, and '-' removes it. {Theirs}",
            "react bob 1 👍",
            RoomMessageArguments.Or(
                Text(
                    (name, choice, text) =>
                        new ConsoleCommand.React(name, choice, text == RemovesReaction ? null : text),
                    "an emoji, or '-',"
                ),
                RoomMessageVerb.React
            )
        ),
        new(
            "edit",
            "<name|#room> <n|id> <text>",
            "edit a message that you sent",
            $"You can edit for 48 hours. The others can see the earlier versions. {Yours}",
            "edit bob 1 at nine, I mean",
            RoomMessageArguments.Or(
                Text((name, choice, text) => new ConsoleCommand.Edit(name, choice, text)),
                RoomMessageVerb.Edit
            )
        ),
        new(
            "unsend",
            "<name|#room> <n|id>",
            "delete your message for everyone",
            "Asks the peers of the others to delete it too. They may already have read it, and backups and older "
                + $"versions of this program keep it. {Yours}",
            "unsend bob 1",
            RoomMessageArguments.Or(
                Only((name, choice) => new ConsoleCommand.Unsend(name, choice)),
                RoomMessageVerb.Unsend
            )
        ),
        new(
            "forward",
            "<name|#room> <n|id> <to>",
            "send a copy of a message to someone else",
            "To a contact or a room. They see the text as your message, without its author. 1 is the newest message of "
                + "the conversation or room, 2 the one before it. For an id, use 'search'.",
            "forward bob 1 carol",
            RoomMessageArguments.Or(Forward, RoomMessageVerb.Forward)
        ),
        new(
            "mark-unread",
            "<name|#room> [n|id]",
            "mark messages as unread again",
            "Marks the newest message from others, or the message that you choose and all after it. Others are not "
                + $"told, and read receipts that were sent stay. {Theirs}",
            "mark-unread bob 3",
            RoomMessageArguments.Or(MarkUnread, RoomMessageVerb.MarkUnread)
        ),
        new(
            "info",
            "<name|#room> <n|id>",
            "show a message's times and earlier versions",
            "The text is shown as typed, spoilers included. 1 is the newest message of the conversation, 2 the one "
                + "before it. For an id, use 'search'.",
            "info bob 1",
            RoomMessageArguments.Or(
                Only((name, choice) => new ConsoleCommand.Info(name, choice)),
                RoomMessageVerb.Info
            ),
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
                ? info.UsageError($"'{info.Name}' takes only a username and the number or id of a message")
                : create(name, choice);
        };

    private static ConsoleCommand Forward(CommandInfo info, string arguments)
    {
        if (ReadChoice(info, arguments, out var name, out var choice, out var to) is { } refusal)
        {
            return refusal;
        }

        return ReadTarget(info, to) ?? (ConsoleCommand)new ConsoleCommand.Forward(name, choice, to);
    }

    private static ConsoleCommand MarkUnread(CommandInfo info, string arguments)
    {
        var isNewest = CommandParser.SplitFirst(arguments) is { Word.Length: > 0, Tail.Length: 0 };
        return ReadChoice(info, isNewest ? $"{arguments} 1" : arguments, out var name, out var choice, out var more)
                is { } refusal
                ? refusal
            : more.Length > 0
                ? info.UsageError($"'{info.Name}' takes only a username and the number or id of a message")
            : new ConsoleCommand.MarkUnread(name, choice);
    }

    /// <returns>Why the recipient of a copy is refused; null if it is a username or a room.</returns>
    internal static ConsoleCommand.Invalid? ReadTarget(CommandInfo info, string to) =>
        to.Length == 0 ? info.UsageError($"'{info.Name}' needs another username or room, which gets the copy")
        : RoomArguments.IsRoom(to) && !to.Contains(' ', StringComparison.Ordinal) ? null
        : Username.TryParse(to, out _) ? null
        : CommandArguments.InvalidUsername(info, to);

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
            return info.UsageError($"'{info.Name}' needs {info.Recipient}");
        }

        if (!Username.TryParse(first, out name))
        {
            return CommandArguments.InvalidUsername(info, first);
        }

        return !MessageChoice.TryParse(which, out choice)
                ? info.UsageError(
                    $"'{info.Name}' needs a message after the username: a number from 1 to {MessageChoice.MaxNumber}, "
                        + "or an id"
                )
            : OfWrongSide(info, choice)
                ? info.UsageError(
                    $"'{info.Name}' is only for {(choice.Yours == true ? "messages from others" : "your own messages")}"
                )
            : null;
    }

    private static bool OfWrongSide(CommandInfo info, MessageChoice choice) =>
        info.Name switch
        {
            "edit" or "unsend" => choice.Yours == false,
            "mark-unread" => choice.Yours == true,
            _ => false,
        };
}
