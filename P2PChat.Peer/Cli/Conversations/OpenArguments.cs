using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Completes the arguments of a command that leaves out the open conversation or room.</summary>
internal static class OpenArguments
{
    /// <param name="arguments">The text after the command's name.</param>
    /// <param name="isKnown">Whether a username is that of a contact or of a conversation.</param>
    /// <returns>The arguments, with the username or the room if it was left out.</returns>
    public static string Complete(CommandInfo info, string arguments, ChatKey open, Func<Username, bool> isKnown)
    {
        if (open is ChatKey.Room && info.Name == RoomArguments.RoomName)
        {
            return CompleteRoom(arguments, open);
        }

        // A message or another conversation always needs its recipient.
        if (
            !info.TakesUsername
            || info.Name is "send" or ConversationArguments.ChatName
            || (open is ChatKey.Room && !info.TakesRoom)
        )
        {
            return arguments;
        }

        var (options, rest) = ("", arguments);
        while (rest.StartsWith("--", StringComparison.Ordinal))
        {
            (var option, rest) = CommandParser.SplitFirst(rest);
            options += $"{option} ";
        }

        return IsLeftOut(info, rest, isKnown) ? $"{options}{open.Typed} {rest}".TrimEnd() : arguments;
    }

    private static bool IsLeftOut(CommandInfo info, string rest, Func<Username, bool> isKnown)
    {
        if (rest.Length == 0)
        {
            return true;
        }

        var (first, tail) = CommandParser.SplitFirst(rest);
        if (!info.Arguments.Contains(' ', StringComparison.Ordinal) || (info.TakesRoom && RoomArguments.IsRoom(first)))
        {
            return false;
        }

        return !Username.TryParse(first, out var name)
            // 'export carol file' with an unknown name is a typo, not a file name with a space.
            || (!isKnown(name) && (info.Name != "export" || tail.Length == 0));
    }

    // 'room members', 'room invite bob'. Another room must be typed with its '#'.
    private static string CompleteRoom(string arguments, ChatKey open)
    {
        var (action, rest) = CommandParser.SplitFirst(arguments);
        var (first, tail) = CommandParser.SplitFirst(rest);
        var option = first == HistoryCommands.ForceOption ? $"{first} " : "";
        if (option.Length > 0)
        {
            (rest, first) = (tail, CommandParser.SplitFirst(tail).Word);
        }

        return
            action.Length == 0
            || action.Equals(nameof(RoomVerb.New), StringComparison.OrdinalIgnoreCase)
            || RoomArguments.IsRoom(first)
            ? arguments
            : $"{action} {option}{open.Typed} {rest}".TrimEnd();
    }
}
