using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Completes the arguments of a command that leaves out the contact of the open conversation.</summary>
internal static class OpenArguments
{
    /// <param name="arguments">The text after the command's name.</param>
    /// <param name="isKnown">Whether a username is that of a contact or of a conversation.</param>
    /// <returns>The arguments, with the username if it was left out.</returns>
    public static string Complete(CommandInfo info, string arguments, Username open, Func<Username, bool> isKnown)
    {
        // A message or another conversation always needs its recipient.
        if (!info.TakesUsername || info.Name is "send" or ConversationArguments.ChatName)
        {
            return arguments;
        }

        var (options, rest) = ("", arguments);
        while (rest.StartsWith("--", StringComparison.Ordinal))
        {
            (var option, rest) = CommandParser.SplitFirst(rest);
            options += $"{option} ";
        }

        return IsLeftOut(info, rest, isKnown) ? $"{options}{open} {rest}".TrimEnd() : arguments;
    }

    private static bool IsLeftOut(CommandInfo info, string rest, Func<Username, bool> isKnown)
    {
        if (rest.Length == 0)
        {
            return true;
        }

        if (!info.Arguments.Contains(' ', StringComparison.Ordinal))
        {
            return false;
        }

        var (first, tail) = CommandParser.SplitFirst(rest);
        return !Username.TryParse(first, out var name)
            // 'export carol file' with an unknown name is a typo, not a file name with a space.
            || (!isKnown(name) && (info.Name != "export" || tail.Length == 0));
    }
}
