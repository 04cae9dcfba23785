using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;
using SendRoute = P2PChat.Node.Model.SendRoute;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Opens conversations at a prompt, and sends and shows messages. Thread-safe.</summary>
internal sealed class ConversationView(
    ConversationBook book,
    ConversationAccess access,
    MessageService messages,
    ChatLog log,
    MessageLines lines,
    PromptScreen screen,
    Ink ink
)
{
    private const int MinMessages = 20;
    private const int MaxMessages = 200;

    private readonly Lock _gate = new();

    // Guarded by _gate: the messages that were shown on opening, whose events may follow.
    private HashSet<Guid> _shown = [];

    // Guarded by _gate: whether the user knows that the open contact is not connected.
    private bool _isRouteKnown;

    /// <summary>Sends a message to the open contact, and shows it.</summary>
    public async Task<CommandResult> SayAsync(Username name, string text)
    {
        try
        {
            var sent = await messages.SendAsync(name, text);
            var route = messages.RouteTo(name);
            lock (_gate)
            {
                log.Sent(name.Value, sent.ToContract());
                Tell(name, route);
            }

            return CommandResult.Done;
        }
        catch (PeerException exception)
        {
            return Fail(SafeText.Show(Explain(name, exception)));
        }
    }

    /// <summary>Shows an own message if its conversation is open and it is not shown yet.</summary>
    public void Show(Message sent)
    {
        lock (_gate)
        {
            if (IsOpen(sent.With))
            {
                log.Sent(sent.With.Value, sent.ToContract());
            }
        }
    }

    /// <summary>Shows a message that has arrived.</summary>
    public void Show(MessageItem message)
    {
        var from = Username.Parse(message.From);
        lock (_gate)
        {
            if (_shown.Remove(message.Id))
            {
                return;
            }

            var number = book.NumberOf(new ChatKey.Contact(from));
            if (book.Open is not null && !IsOpen(from))
            {
                if (!book.IsMuted(from))
                {
                    log.Brief(message, number);
                }
            }
            else
            {
                log.Message(message.From, message);
            }
        }
    }

    /// <summary>Whether what happens in a conversation is shown: not if it is muted and another one is open.</summary>
    public bool Shows(Username name) => book.Open is null || IsOpen(name) || !book.IsMuted(name);

    public void Show(ApiEvent.Receipt receipt)
    {
        lock (_gate)
        {
            log.Receipt(receipt.Username, receipt.Id, receipt.State);
        }
    }

    /// <summary>Marks the messages of a contact as read, unless another conversation is open.</summary>
    public void MarkAnswered(Username name)
    {
        if (book.Open is null)
        {
            MarkRead(name);
        }
    }

    private bool IsOpen(Username name) => book.Open is ChatKey.Contact contact && contact.Name == name;

    /// <summary>Opens a conversation, if there is one.</summary>
    public CommandResult OpenExisting(Username name)
    {
        try
        {
            if (!access.Exists(name))
            {
                return Fail(access.Missing(name));
            }

            Open(name);
            if (access.KeyWarning(name) is { } warning)
            {
                screen.Print(ink.Alarm(warning));
            }

            if (access.Obstacle(name) is { } obstacle)
            {
                screen.Print(ink.Attention(obstacle));
            }

            return CommandResult.Done;
        }
        catch (PeerException exception)
        {
            return Fail(SafeText.Show(exception.Message));
        }
    }

    private void Open(Username name)
    {
        lock (_gate)
        {
            book.Refresh();
            book.Enter(new ChatKey.Contact(name));
            var unread = book.All.First(one => one.IsOpen).Unread;
            var shown = Read(name, Math.Clamp(unread + 1, MinMessages, MaxMessages));
            log.Notice($"* {access.Describe(name)}. /exit leaves the conversation");
            var firstUnread = FirstUnread(name, shown, unread);
            foreach (var (index, message) in shown.Index())
            {
                if (index == firstUnread)
                {
                    screen.Print(lines.NewRule());
                }

                log.Message(name.Value, message.ToContract());
            }

            _shown = [.. shown.Select(message => message.Id)];
            _isRouteKnown = false;
        }

        MarkRead(name);
    }

    private IReadOnlyList<Message> Read(Username name, int count)
    {
        try
        {
            return messages.Page(name, after: null, before: null, count).Messages;
        }
        catch (PeerException exception) when (exception.Error == PeerError.UnknownPeer)
        {
            // There is only a request so far.
            return [];
        }
    }

    // The unread messages are the last received ones.
    private static int FirstUnread(Username name, IReadOnlyList<Message> shown, int unread)
    {
        var index = shown.Count;
        while (unread > 0 && index > 0)
        {
            index--;
            if (shown[index].From == name)
            {
                unread--;
            }
        }

        return index;
    }

    private void Tell(Username name, SendRoute route)
    {
        if (route == SendRoute.Link)
        {
            _isRouteKnown = false;
        }
        else if (!_isRouteKnown)
        {
            _isRouteKnown = true;
            log.Notice($"* {CommandText.NotConnected(name.Value, (Client.SendRoute)route)}");
        }
    }

    private string Explain(Username name, PeerException exception)
    {
        try
        {
            return access.Obstacle(name) ?? exception.Message;
        }
        catch (PeerException)
        {
            return exception.Message;
        }
    }

    /// <summary>Marks all messages of a conversation as read.</summary>
    public void MarkRead(Username name)
    {
        try
        {
            messages.MarkRead(name, upTo: null);
        }
        catch (PeerException)
        {
            // No longer a contact, or blocked.
        }
    }

    private CommandResult Fail(string sentence)
    {
        screen.Print(ink.Alarm(book.Advise(sentence)));
        return CommandResult.Failed;
    }
}
