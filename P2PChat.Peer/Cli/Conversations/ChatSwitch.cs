using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>
/// Opens, leaves and lists conversations and rooms at a prompt, and knows whether the user is reading the open one.
/// Thread-safe.
/// </summary>
internal sealed class ChatSwitch(
    ConversationBook book,
    ConversationView conversations,
    RoomChat rooms,
    ConversationList list,
    ChatLog log,
    PromptScreen screen,
    Ink ink,
    TimeProvider timeProvider
)
{
    // A user who has just pressed a key is looking at the screen.
    private static readonly TimeSpan ReadingTime = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();

    private long? _keyPressedAt;

    public CommandResult Run(ConsoleCommand command) =>
        command switch
        {
            ConsoleCommand.Chat { Name: var name } => conversations.OpenExisting(name),
            ConsoleCommand.ChatRoom { Room: var room } => rooms.OpenTyped(room),
            ConsoleCommand.ChatNumber { Number: var number } => OpenNumber(number),
            ConsoleCommand.Chats => list.Show(),
            ConsoleCommand.Leave => Leave(),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };

    public CommandResult OpenNumber(int number) =>
        book.Find(number) is { } chat
            ? Open(chat)
            : Fail($"There is no conversation or room {number}. 'chats' lists them.");

    /// <summary>Opens the next conversation or room with unread messages.</summary>
    public CommandResult OpenNextUnread()
    {
        if (book.FindNextUnread() is { } chat)
        {
            return Open(chat);
        }

        log.Notice("* there are no unread messages in other conversations or rooms");
        return CommandResult.Failed;
    }

    public CommandResult Leave()
    {
        if (book.Open is not { } open)
        {
            return Fail("No conversation or room is open. 'chat <name or #room>' opens one.");
        }

        if (open is ChatKey.Room room)
        {
            return rooms.Close(room);
        }

        book.Enter(null);
        log.Notice($"* you have left the conversation with {open.Typed}");
        return CommandResult.Done;
    }

    /// <summary>
    /// Closes what is open if a command has deleted it, or has marked it as unread: the next key would mark it as read.
    /// </summary>
    /// <remarks>
    /// Only after a command: a line that is being typed must not become a command because something else closes a room.
    /// </remarks>
    public void Follow(ConsoleCommand command)
    {
        var isOver = (command, book.Open) switch
        {
            (ConsoleCommand.ChangeRoom, ChatKey.Room room) => !rooms.Exists(room),
            (ConsoleCommand.MarkUnread { Name: var name }, ChatKey.Contact contact) => contact.Name == name,
            (ConsoleCommand.RoomMessage { Verb: RoomMessageVerb.MarkUnread, Room: var typed }, ChatKey.Room room) =>
                book.FindRoom(typed) == room,
            _ => false,
        };
        if (isOver)
        {
            _ = Leave();
        }
    }

    /// <summary>Sends a message to the open contact or room, and shows it.</summary>
    public Task<CommandResult> SayAsync(ConsoleCommand.Say command) =>
        command.To switch
        {
            ChatKey.Room room => rooms.SayAsync(room, command.Text),
            ChatKey.Contact { Name: var name } => conversations.SayAsync(name, command.Text),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };

    /// <summary>Whether that conversation or room is open, and the user has just pressed a key.</summary>
    public bool IsReading(ChatKey chat)
    {
        lock (_gate)
        {
            return book.Open == chat
                && _keyPressedAt is { } pressedAt
                && timeProvider.GetElapsedTime(pressedAt) < ReadingTime;
        }
    }

    /// <summary>Marks the open messages as read, because the user has pressed a key.</summary>
    public void OnKeyPressed()
    {
        lock (_gate)
        {
            _keyPressedAt = timeProvider.GetTimestamp();
        }

        switch (book.All.FirstOrDefault(one => one is { IsOpen: true, Unread: > 0 })?.Chat)
        {
            case ChatKey.Contact { Name: var name }:
                conversations.MarkRead(name);
                break;
            case ChatKey.Room room:
                rooms.MarkRead(room);
                break;
        }
    }

    private CommandResult Open(ChatKey chat) =>
        chat switch
        {
            ChatKey.Room room => rooms.Open(room),
            ChatKey.Contact { Name: var name } => conversations.OpenExisting(name),
            _ => throw new ArgumentOutOfRangeException(nameof(chat)),
        };

    private CommandResult Fail(string sentence)
    {
        screen.Print(ink.Alarm(book.Advise(sentence)));
        return CommandResult.Failed;
    }
}
