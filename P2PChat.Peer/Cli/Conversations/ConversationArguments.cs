using System.Globalization;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>The commands for conversations at a prompt, and parsers for their arguments.</summary>
internal static class ConversationArguments
{
    public const string ChatName = "chat";
    public const string ChatsName = "chats";

    /// <summary>The refusal of <c>chat</c> without a prompt.</summary>
    public const string NeedsPrompt =
        "Conversations and rooms open only at the prompt of a terminal. Use 'send <name or #room> <message>' to write, "
        + "and 'history <name or #room>' to read.";

    // A username has at least three characters.
    private const int MaxNumberLength = 2;

    public static IReadOnlyList<CommandInfo> Commands { get; } =
    [
        new(
            ChatName,
            "<name|#room|number>",
            "open a conversation or room at the prompt",
            "Shows the latest messages. What you type is then sent to that contact or room; a command begins with "
                + "'/', and /exit goes back. '@bob hello' sends one message to bob; in a room, it is a message to the "
                + "room that mentions bob. Alt with 1 to 9 opens a conversation or room by its number, Alt-A the next "
                + "one with unread messages.",
            "chat bob",
            RoomArguments.Or(Chat, (info, room, rest) =>
                rest.Length == 0
                    ? new ConsoleCommand.ChatRoom(room)
                    : info.UsageError("'chat' takes only a username, a room or a number")
            )
        ),
        new(
            ChatsName,
            "",
            "list your conversations and rooms",
            "The one with the latest message is first. Shows how many messages are unread and mention you, and at "
                + "the prompt the number of each, and whether you are connected.",
            ChatsName,
            CommandArguments.None(new ConsoleCommand.Chats()),
            SupportsJson: true
        ),
    ];

    private static ConsoleCommand Chat(CommandInfo info, string arguments)
    {
        if (arguments.Length is 0 or > MaxNumberLength)
        {
            return CommandArguments.Name(name => new ConsoleCommand.Chat(name))(info, arguments);
        }

        return int.TryParse(arguments, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? new ConsoleCommand.ChatNumber(number)
            : CommandArguments.InvalidUsername(info, arguments);
    }
}
