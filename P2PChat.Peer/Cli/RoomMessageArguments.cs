using System.Globalization;

namespace P2PChat.Peer.Cli;

/// <summary>The actions on one message of a room.</summary>
public enum RoomMessageVerb
{
    Reply,
    React,
    Edit,

    /// <summary>Deletes it at all members.</summary>
    Unsend,
    Info,

    /// <summary>Deletes it on this peer only.</summary>
    Delete,

    /// <summary>Sends its text to a contact or a room.</summary>
    Forward,

    /// <summary>Marks it and those after it as unread.</summary>
    MarkUnread,
}

/// <summary>The message of a room that a command refers to.</summary>
/// <param name="Id">The beginning of its id, in lower case; null for a number.</param>
/// <param name="Number">Counted back from the newest, which is 1; 0 for an id.</param>
public readonly record struct RoomMessageChoice(string? Id, int Number)
{
    /// <summary>How many hexadecimal digits of an id are enough.</summary>
    public const int ShortId = 8;

    private const int FullId = 64;

    public static bool TryParse(string text, out RoomMessageChoice choice)
    {
        choice = default;
        if (text.Length is >= ShortId and <= FullId && text.All(char.IsAsciiHexDigit))
        {
            choice = new(text.ToLowerInvariant(), 0);
            return true;
        }

        if (
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is >= 1 and <= MessageChoice.MaxNumber
        )
        {
            choice = new(null, number);
            return true;
        }

        return false;
    }
}

/// <summary>Parses commands that refer to a message of a room.</summary>
internal static class RoomMessageArguments
{
    /// <summary>Reads a command about a message of a room, and leaves others to their own parser.</summary>
    public static Func<CommandInfo, string, ConsoleCommand> Or(
        Func<CommandInfo, string, ConsoleCommand> other,
        RoomMessageVerb verb
    ) => RoomArguments.Or(other, (info, room, rest) => Read(info, verb, room, rest));

    private static ConsoleCommand Read(CommandInfo info, RoomMessageVerb verb, string room, string arguments)
    {
        var (which, text) = CommandParser.SplitFirst(arguments);
        if (verb == RoomMessageVerb.MarkUnread && which.Length == 0)
        {
            return new ConsoleCommand.RoomMessage(verb, room, new(null, 1), "");
        }

        if (!RoomMessageChoice.TryParse(which, out var choice))
        {
            return info.UsageError(
                $"'{info.Name}' needs a message after the room: a number from 1 to {MessageChoice.MaxNumber}, or at "
                    + $"least {RoomMessageChoice.ShortId} digits of an id"
            );
        }

        if (verb == RoomMessageVerb.Forward && ContentArguments.ReadTarget(info, text) is { } refusal)
        {
            return refusal;
        }

        var needsText =
            verb is RoomMessageVerb.Reply or RoomMessageVerb.React or RoomMessageVerb.Edit or RoomMessageVerb.Forward;
        return needsText && text.Length == 0 ? info.UsageError($"'{info.Name}' needs {TextOf(verb)} after the number")
            : !needsText && text.Length > 0
                ? info.UsageError($"'{info.Name}' takes only a room and the number or id of a message")
            : new ConsoleCommand.RoomMessage(verb, room, choice, text);
    }

    private static string TextOf(RoomMessageVerb verb) =>
        verb == RoomMessageVerb.React ? "an emoji, or '-'," : "a message";
}
