using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Rooms;
using RoomStanding = P2PChat.Node.Model.RoomStanding;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Creates the <see cref="RoomChat"/> of a prompt.</summary>
internal sealed class RoomChatFactory(
    ConversationBook book,
    RoomService rooms,
    RoomMessageService messages,
    RoomHistoryService history
)
{
    public RoomChat Create(ChatLog log, MessageLines lines, PromptScreen screen, Ink ink) =>
        new(book, rooms, messages, history, log, lines, screen, ink);
}

/// <summary>Opens and closes rooms at a prompt, and sends and shows their messages. Thread-safe.</summary>
internal sealed class RoomChat(
    ConversationBook book,
    RoomService rooms,
    RoomMessageService messages,
    RoomHistoryService history,
    ChatLog log,
    MessageLines lines,
    PromptScreen screen,
    Ink ink
)
{
    private const int MinMessages = 20;
    private const int MaxMessages = 200;
    private const int MaxShown = 500;

    private readonly Lock _gate = new();

    // Guarded by _gate: messages that were shown, whose events may follow.
    private readonly Queue<RoomEventId> _shown = new();

    private int _isMarking;

    /// <summary>Opens a room by its name or id.</summary>
    public CommandResult OpenTyped(string room)
    {
        try
        {
            return Open(new ChatKey.Room(RoomLookup.Find([.. rooms.All.Select(one => one.ToContract())], room).Id));
        }
        catch (PeerException exception)
        {
            return Fail(exception.Message);
        }
    }

    public CommandResult Open(ChatKey.Room room)
    {
        try
        {
            var view = rooms.Find(room.Id);
            Show(room, view);
            if (Obstacle(view) is { } obstacle)
            {
                screen.Print(ink.Attention(obstacle));
            }

            MarkRead(room);
            return CommandResult.Done;
        }
        catch (PeerException exception)
        {
            return Fail(exception.Message);
        }
    }

    public CommandResult Close(ChatKey.Room room)
    {
        var name = book.NameOf(room);
        book.Enter(null);
        log.Notice(
            IsMember(room) ? $"* you have closed {name} here. You are still a member" : $"* you have closed {name} here"
        );
        return CommandResult.Done;
    }

    /// <summary>Whether this peer still has a room.</summary>
    public bool Exists(ChatKey.Room room) => rooms.All.Any(one => one.Id.ToString() == room.Id);

    /// <summary>Sends a message to the open room, and shows it.</summary>
    public async Task<CommandResult> SayAsync(ChatKey.Room room, string text)
    {
        try
        {
            Show(await messages.SendAsync(room.Id, text));
            return CommandResult.Done;
        }
        catch (PeerException exception)
        {
            return Fail(Explain(room, exception));
        }
    }

    /// <summary>Shows an own message if its room is open and it is not shown yet.</summary>
    public void Show(RoomMessageView sent)
    {
        lock (_gate)
        {
            if (IsOpen(sent.Room.Id.ToString()) && AddShown(sent.Id))
            {
                // A member may have read it already, and the event was before the message.
                log.Message(sent.ToContract() with { Readers = ReadersOf(sent) }, showsRoom: false);
            }
        }
    }

    /// <summary>Shows a message that has arrived.</summary>
    public void Show(ApiEvent.RoomMessageReceived received)
    {
        var message = received.Message;
        lock (_gate)
        {
            if (IsOpen(message.Room))
            {
                if (RoomEventId.TryParse(message.Id, out var id) && AddShown(id))
                {
                    log.Message(message, showsRoom: false);
                }
            }
            else if (received.Notifies && book.Open is not null)
            {
                log.Brief(message, book.NumberOf(new ChatKey.Room(message.Room)));
            }
            else if (received.Notifies)
            {
                log.Message(message, showsRoom: true);
            }
        }
    }

    /// <summary>Shows what another member has done to a message.</summary>
    public void Show(ApiEvent.RoomMessageChanged changed)
    {
        var isOpen = IsOpen(changed.Message.Room);
        if ((isOpen || changed.Notifies) && RoomText.Change(changed, showsRoom: !isOpen) is { } line)
        {
            log.Notice(ink.Quiet(line));
        }
    }

    /// <summary>A member has read more. Shows how many have read this user's latest messages.</summary>
    public void Show(ApiEvent.RoomRead read)
    {
        lock (_gate)
        {
            if (!IsOpen(read.Room))
            {
                return;
            }

            try
            {
                foreach (var own in messages.Page(read.Room, null, null, MaxMessages).Messages.Where(one => one.IsOwn))
                {
                    log.Readers(own.Id.ToString(), own.Readers);
                }
            }
            catch (PeerException)
            {
                // It was deleted.
            }
        }
    }

    /// <summary>Marks all messages of a room as read, in the background.</summary>
    public void MarkRead(ChatKey.Room room)
    {
        if (Interlocked.Exchange(ref _isMarking, 1) == 0)
        {
            _ = MarkReadAsync(room);
        }
    }

    /// <summary>Tells the members of a room whether the user is typing.</summary>
    /// <exception cref="PeerException">The room was deleted.</exception>
    public void SetTyping(ChatKey.Room room, bool active)
    {
        if (IsMember(room))
        {
            messages.SetTyping(room.Id, active);
        }
    }

    private async Task MarkReadAsync(ChatKey.Room room)
    {
        try
        {
            await messages.MarkReadAsync(room.Id, upTo: null);
        }
        catch (Exception exception) when (exception is PeerException or ObjectDisposedException)
        {
            // It was deleted, or the peer is shutting down.
        }
        finally
        {
            Volatile.Write(ref _isMarking, 0);
        }
    }

    private void Show(ChatKey.Room room, RoomView view)
    {
        lock (_gate)
        {
            book.Refresh();
            book.Enter(room);
            var item = view.ToContract() with { Unread = 0, Mentions = 0 };
            log.Notice($"* {book.NameOf(room)}: {RoomText.Remark(item)}. /exit closes the room here");
            var firstUnread = view.Unread > 0 ? history.FirstUnread(room.Id) : null;
            var page = messages.Page(room.Id, null, null, Math.Clamp(view.Unread + 1, MinMessages, MaxMessages));
            _shown.Clear();
            foreach (var message in page.Messages)
            {
                if (message.Id == firstUnread)
                {
                    screen.Print(lines.NewRule());
                }

                _ = AddShown(message.Id);
                log.Message(message.ToContract(), showsRoom: false);
            }
        }
    }

    /// <returns>False if it was shown before.</returns>
    private bool AddShown(RoomEventId message)
    {
        if (_shown.Contains(message))
        {
            return false;
        }

        if (_shown.Count == MaxShown)
        {
            _ = _shown.Dequeue();
        }

        _shown.Enqueue(message);
        return true;
    }

    private int ReadersOf(RoomMessageView sent)
    {
        try
        {
            return messages.FindMessage(sent.Room.Id.ToString(), sent.Id).Readers;
        }
        catch (PeerException)
        {
            // It was deleted.
            return 0;
        }
    }

    private bool IsOpen(string room) => book.Open is ChatKey.Room { Id: var open } && open == room;

    private bool IsMember(ChatKey.Room room) =>
        book.All.Any(one => one.Chat == room && one.Room?.Standing == RoomStanding.Joined);

    /// <returns>Why the user cannot write in a room, and what to do; null if they can.</returns>
    private static string? Obstacle(RoomView room) =>
        room switch
        {
            { Standing: RoomStanding.Invited } => $"{room.InvitedBy?.Shown ?? "Somebody"} invites you to this room. "
                + "Type /room join to join, which shows your username and address to all members, or /room leave to "
                + "decline.",
            { Standing: RoomStanding.Waiting } =>
                "You can write once the person who made the link is online and their peer lets you in.",
            { Standing: RoomStanding.Left, RemovedBy: { } by } =>
                $"{by.Shown} removed you from this room. To delete your copy of it, type /room delete.",
            { Standing: RoomStanding.Left } =>
                "You are no longer a member of this room. To delete your copy of it, type /room delete.",
            { IsFull: true } => "This room is full. Start a new room.",
            _ => null,
        };

    private string Explain(ChatKey.Room room, PeerException exception)
    {
        try
        {
            return Obstacle(rooms.Find(room.Id)) ?? exception.Message;
        }
        catch (PeerException)
        {
            return exception.Message;
        }
    }

    private CommandResult Fail(string sentence)
    {
        screen.Print(ink.Alarm(book.Advise(SafeText.Show(sentence))));
        return CommandResult.Failed;
    }
}
