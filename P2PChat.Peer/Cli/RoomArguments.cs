using System.Globalization;
using P2PChat.Client;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Cli;

/// <summary>The actions of the command <c>room</c>.</summary>
public enum RoomVerb
{
    New,
    Invite,
    Join,
    Leave,
    Remove,
    Role,
    Rename,
    Notify,
    Delete,

    /// <summary>Revokes an invite link.</summary>
    Unlink,

    /// <summary>Changes the picture, or removes it.</summary>
    Picture,
}

/// <summary>The commands about rooms, and their arguments.</summary>
internal static class RoomArguments
{
    public const string RoomName = "room";

    /// <summary>Precedes a room's name where a username is possible too.</summary>
    public const char Sign = '#';

    /// <summary>Instead of a file: removes the picture of a room.</summary>
    public const string RemoveOption = "--remove";

    private const string HistoryOption = "--history";
    private const string HoursOption = "--hours";
    private const string Usage =
        "new, invite, join, leave, remove, role, rename, picture, members, link, links, unlink, notify or delete";

    public static IReadOnlyList<CommandInfo> Commands { get; } =
    [
        new(
            RoomName,
            "<action> <#room> [...]",
            "create, join and manage a room",
            "Joining shows your username and address to all members, including later ones. Somebody who is new to the "
                + "directory needs an 'invite' before a link to a room. 'chat <#room>' opens a room, where these "
                + "actions need no <#room>; 'send <#room> <message>' writes to it from anywhere. Other commands take a "
                + "room where their usage says '#room'.",
            "room invite #hiking bob",
            Room,
            SupportsJson: true
        )
        {
            Actions =
            [
                ("new [--history <n>] <name>", "create; new members get n messages"),
                ("invite <#room> <username>", "invite a contact"),
                ("join <#room>", "accept an invitation"),
                ("leave <#room>", "leave, or decline an invitation"),
                ("members <#room>", "list the members"),
                ("remove <#room> <username>", "remove a member"),
                ("role <#room> <username> <role>", "role: member, moderator or owner"),
                ("rename <#room> <name>", "rename it for all"),
                ("picture <#room> <file|--remove>", "change or remove its picture"),
                ("link <#room> [--uses 1] [--hours 168]", "make a link for 'connect <link>'"),
                ("links <#room>", "list your links, and who used them"),
                ("unlink <#room> <id>", "revoke a link"),
                ("notify <#room> <all|mentions|none>", "choose which messages notify you"),
                ("delete <#room>", "delete your copy, after leaving"),
            ],
        },
        new(
            "rooms",
            "",
            "list your rooms and invitations",
            "Shows your role, the number of members and the number of unread messages of each room.",
            "rooms --json",
            CommandArguments.None(new ConsoleCommand.Rooms()),
            SupportsJson: true
        ),
    ];

    /// <summary>Whether a word is meant as a room.</summary>
    public static bool IsRoom(string word) => word.Length > 1 && word[0] == Sign;

    /// <summary>Reads a command that is about a room, and leaves others to their own parser.</summary>
    public static Func<CommandInfo, string, ConsoleCommand> Or(
        Func<CommandInfo, string, ConsoleCommand> other,
        Func<CommandInfo, string, string, ConsoleCommand> parse
    ) =>
        (info, arguments) =>
        {
            var (room, rest) = CommandParser.SplitFirst(arguments);
            return IsRoom(room) ? parse(info, room, rest) : other(info, arguments);
        };

    public static ConsoleCommand Send(CommandInfo info, string room, string text) =>
        text.Length == 0
            ? info.UsageError("'send' needs a message after the room")
            : new ConsoleCommand.SendToRoom(room, text);

    public static ConsoleCommand Export(CommandInfo info, string room, string file) =>
        file.Length == 0
            ? info.UsageError("'export' needs a file after the room")
            : new ConsoleCommand.ExportRoom(room, file);

    public static ConsoleCommand History(CommandInfo info, string room, string count) =>
        count.Length == 0 ? new ConsoleCommand.RoomHistory(room, HistoryCommands.DefaultLines)
        : int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var lines)
        && lines is >= 1 and <= HistoryCommands.MaxLines
            ? new ConsoleCommand.RoomHistory(room, lines)
        : info.UsageError($"'history' takes a room and a number from 1 to {HistoryCommands.MaxLines}");

    private static ConsoleCommand Room(CommandInfo info, string arguments)
    {
        var (action, rest) = CommandParser.SplitFirst(arguments);
        if (action.Equals("members", StringComparison.OrdinalIgnoreCase))
        {
            return One(info, "members", rest) ?? (ConsoleCommand)new ConsoleCommand.RoomMembers(rest);
        }

        if (action.Equals("links", StringComparison.OrdinalIgnoreCase))
        {
            return One(info, "links", rest) ?? (ConsoleCommand)new ConsoleCommand.RoomLinks(rest);
        }

        if (action.Equals("link", StringComparison.OrdinalIgnoreCase))
        {
            return Link(info, rest);
        }

        if (!TryParseWord<RoomVerb>(action, out var verb))
        {
            return info.UsageError($"'room' needs an action: {Usage}");
        }

        if (verb == RoomVerb.New)
        {
            return New(info, rest);
        }

        var (room, argument) = CommandParser.SplitFirst(rest);
        var force = room == HistoryCommands.ForceOption;
        if (force)
        {
            (room, argument) = CommandParser.SplitFirst(argument);
        }

        if (Needed(verb) is not { } needed)
        {
            return One(info, action, $"{room} {argument}".Trim())
                ?? (ConsoleCommand)new ConsoleCommand.ChangeRoom(verb, room, argument, force);
        }

        return room.Length == 0 ? info.UsageError($"'room {action}' needs a room")
            : argument.Length == 0 ? info.UsageError($"'room {action}' needs {needed} after the room")
            : new ConsoleCommand.ChangeRoom(verb, room, argument, force);
    }

    /// <returns>The refusal unless there is exactly one word; otherwise null.</returns>
    private static ConsoleCommand.Invalid? One(CommandInfo info, string action, string arguments) =>
        arguments.Length == 0 ? info.UsageError($"'room {action}' needs a room")
        : CommandParser.SplitFirst(arguments).Tail.Length > 0 ? info.UsageError($"'room {action}' takes only a room")
        : null;

    private static ConsoleCommand New(CommandInfo info, string arguments)
    {
        var (name, history) = (arguments, "");
        if (CommandParser.SplitFirst(arguments) is (HistoryOption, var rest))
        {
            (history, name) = CommandParser.SplitFirst(rest);
            if (
                !int.TryParse(history, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                || count > RoomLimits.History
            )
            {
                return info.UsageError(
                    $"'{HistoryOption}' needs the number of earlier messages that new members get, at most "
                        + $"{RoomLimits.History}"
                );
            }
        }

        return name.Length == 0
            ? info.UsageError("'room new' needs a name")
            : new ConsoleCommand.ChangeRoom(RoomVerb.New, name, history);
    }

    private static ConsoleCommand Link(CommandInfo info, string arguments)
    {
        var defaults = new NewRoomLinkRequest();
        var (room, uses, hours) = ("", defaults.Uses, defaults.Hours);
        while (arguments.Length > 0)
        {
            (var word, arguments) = CommandParser.SplitFirst(arguments);
            if (word is not (InviteArguments.UsesOption or HoursOption))
            {
                if (room.Length > 0)
                {
                    return info.UsageError(
                        $"'room link' takes one room, {InviteArguments.UsesOption} and {HoursOption}"
                    );
                }

                room = word;
                continue;
            }

            (var value, arguments) = CommandParser.SplitFirst(arguments);
            var max = word == HoursOption ? RoomInvites.MaxHours : RoomInvites.MaxUses;
            if (
                !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number < 1
                || number > max
            )
            {
                return info.UsageError($"'{word}' needs a number from 1 to {max}");
            }

            (uses, hours) = word == HoursOption ? (uses, number) : (number, hours);
        }

        return room.Length == 0
            ? info.UsageError("'room link' needs a room")
            : new ConsoleCommand.RoomLink(room, uses, hours);
    }

    /// <summary>Reads a value by its name. Numbers are not taken.</summary>
    public static bool TryParseWord<T>(string word, out T value)
        where T : struct, Enum
    {
        value = default;
        return word.Length > 0 && word.All(char.IsAsciiLetter) && Enum.TryParse(word, ignoreCase: true, out value);
    }

    private static string? Needed(RoomVerb verb) =>
        verb switch
        {
            RoomVerb.Invite or RoomVerb.Remove => "a username",
            RoomVerb.Role => "a username and a role",
            RoomVerb.Rename => "a name",
            RoomVerb.Unlink => "a link's id",
            RoomVerb.Picture => $"a file or {RemoveOption}",
            RoomVerb.Notify => "all, mentions or none",
            _ => null,
        };
}
