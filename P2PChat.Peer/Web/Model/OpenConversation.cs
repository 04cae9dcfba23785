using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>The messages of a conversation that a page shows, and what changes them. Not thread-safe.</summary>
internal sealed class OpenConversation
{
    private readonly Username _name;
    private readonly ChatPageModel _page;
    private readonly MessageService _messages;
    private readonly ConversationActions _actions;

    public OpenConversation(Username name, ChatPageModel page, MessageService messages, ConversationActions actions)
    {
        (_name, _page, _messages, _actions) = (name, page, messages, actions);
        Window = new MessageWindow(ReadAsync);
        Divider = new UnreadDivider(() => messages.FirstUnread(name), Person);
        Composing = new ConversationComposing(name, messages);
    }

    public MessageWindow Window { get; }

    public UnreadDivider Divider { get; }

    public ReadingPosition Position { get; } = new();

    public OutgoingMessages Outgoing { get; } = new();

    public ConversationComposing Composing { get; }

    public bool IsLoaded { get; private set; }

    /// <summary>Reads how the messages are shown.</summary>
    public IReadOnlyList<MessageDay<MessageRow>> ReadDays()
    {
        var rows = MessageRow.Of(Window.Messages, _page.TimeZone, Divider.At);
        return MessageDay.Of([.. rows.Select(WithChange)]);
    }

    private static MessageRow WithChange(MessageRow row) =>
        row.Message.ChangeState is null or MessageState.Delivered
            ? row
            : row with
            {
                Change = row.Message.ChangeState,
                IsTimed = true,
            };

    private Person Person => _page.Find(_name);

    /// <param name="at">The message to begin at; null for the first new one, or the newest.</param>
    public async Task LoadAsync(MessageKey? at)
    {
        var start = at ?? Divider.Key;
        if (start is not { } key || !await Window.LoadAroundAsync(key))
        {
            await Window.LoadNewestAsync();
        }

        Position.Reset(isAtEnd: !Window.HasNewer && start is null, Person.Unread);
        IsLoaded = true;
    }

    /// <summary>Makes sure that the window holds the newest messages.</summary>
    public async Task LoadEndAsync()
    {
        if (Window.HasNewer)
        {
            await Window.LoadNewestAsync();
        }

        Position.ClearNewBelow();
    }

    /// <summary>Call when the list was scrolled, or the page gained or lost the focus.</summary>
    public void OnPositionChanged(LogPosition position)
    {
        Position.Update(position.IsAtEnd, position.IsInFront);
        Divider.OnPlaced(position.DividerPlace, position.IsInFront);
        MarkReadIfSeen();
    }

    /// <summary>Applies what may have changed elsewhere.</summary>
    public async Task OnChangedAsync()
    {
        if (!IsLoaded)
        {
            return;
        }

        _ = Divider.Update(Person);
        // An unknown message of our own was sent from the console or another page.
        if (
            Person.LastMessage is { } last
            && last.From == _page.Self
            && !Window.Contains(MessageKey.Of(last))
            && !Outgoing.Delays()
        )
        {
            await Window.CatchUpAsync(last.Id);
        }
    }

    /// <param name="key">The message that was deleted on this side; null for all.</param>
    public async Task OnDeletedAsync(MessageKey? key)
    {
        if (!IsLoaded)
        {
            return;
        }

        if (key is { } one)
        {
            Window.Remove(one);
        }
        else
        {
            await Window.LoadNewestAsync();
        }

        Divider.OnDeleted(key);
        _actions.Problem = Composing.OnDeleted(key) ?? _actions.Problem;
    }

    /// <summary>Reads everything again. Call when events were missed.</summary>
    public async Task ReloadAsync()
    {
        if (!IsLoaded)
        {
            return;
        }

        await Window.ReloadAsync();
        if (Composing.Subject is { Message: var subject })
        {
            _actions.Problem = ReadSubject(MessageKey.Of(subject)) ?? _actions.Problem;
        }
    }

    /// <returns>Whether the event concerns this conversation.</returns>
    public async Task<bool> ApplyAsync(PeerEvent peerEvent)
    {
        switch (peerEvent)
        {
            case PeerEvent.MessageReceived { Message: var message } when message.With == _name:
                Window.Add(message);
                Divider.OnReceived(message, isSeen: Position.IsNewestSeen && !Divider.HoldsUnread);
                Position.CountNewMessage();
                MarkReadIfSeen();
                return true;
            case PeerEvent.MessageChanged { Message: var changed } when changed.With == _name:
                Window.Update(changed);
                _actions.Problem = Composing.OnChanged(changed) ?? _actions.Problem;
                return true;
            case PeerEvent.TimerChanged { Message: var line } when line.With == _name:
                Window.Add(line);
                return true;
            case PeerEvent.MessageDisappeared { With: var with } disappeared when with == _name:
                Window.NoteDisappeared(disappeared.Key);
                // What is left of a message that was not delivered.
                Reload(disappeared.Key);
                return true;
            case PeerEvent.ChangeReceipt { To: var to } receipt when to == _name:
                Reload(new MessageKey(IsOwn: receipt.From != to, receipt.Id));
                return true;
            case PeerEvent.Receipt { To: var to } receipt when to == _name:
                if (!Window.SetState(receipt.Id, receipt.State) && !Outgoing.Delays())
                {
                    await Window.CatchUpAsync(receipt.Id);
                }

                return true;
            case PeerEvent.Connected { With: var with } when with == _name:
                _actions.Problem = null;
                return true;
            case var _ when ConversationProblem.Of(peerEvent, Person) is { } problem:
                _actions.Problem = problem;
                return true;
            default:
                return false;
        }
    }

    // A receipt has only the state of one of the changes to a message.
    private void Reload(MessageKey key)
    {
        try
        {
            Window.Update(_messages.InfoOf(_name, key.Id, key.IsOwn).Message);
        }
        catch (PeerException)
        {
            // It was deleted on this side.
        }
    }

    private string? ReadSubject(MessageKey key)
    {
        try
        {
            return Composing.OnChanged(_messages.InfoOf(_name, key.Id, key.IsOwn).Message);
        }
        catch (PeerException exception) when (exception.Error == PeerError.UnknownMessage)
        {
            return Composing.OnDeleted(key);
        }
        catch (PeerException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Sends a message, or a reply to the message that was chosen.</summary>
    /// <param name="text">The text of the message.</param>
    /// <param name="number">The script's number of the message.</param>
    /// <returns>Whether the message was accepted.</returns>
    public async Task<bool> SendAsync(string text, int number)
    {
        Outgoing.Begin();
        try
        {
            var message = await Composing.SendAsync(text);
            _actions.Problem = null;
            if (Window.HasNewer)
            {
                await Window.LoadNewestAsync();
            }

            // A receipt that came while it was being sent is in the store.
            if (Outgoing.TakeDelayed())
            {
                await Window.CatchUpAsync(message.Id);
            }

            Window.Add(message);
            Outgoing.OnShown(number);
            Position.Reset(isAtEnd: true);
            Divider.Clear();
            MarkReadIfSeen();
            return true;
        }
        catch (PeerException exception)
        {
            _actions.Problem = exception.Message;
            return false;
        }
        finally
        {
            Outgoing.End();
            if (Outgoing.TakeDelayed())
            {
                await OnChangedAsync();
            }
        }
    }

    /// <summary>Call when the user sends files. Their messages follow as changes, after the uploads.</summary>
    public void OnFilesSent()
    {
        Position.Reset(isAtEnd: true);
        Divider.Clear();
        MarkReadIfSeen();
    }

    /// <summary>Replaces the text of the message that is being edited. Its new text follows as an event.</summary>
    /// <returns>False if the text belongs to no message, so that the script must keep it.</returns>
    public async Task<bool> EditAsync(string text)
    {
        var outcome = await Composing.EditAsync(text);
        // An edit that has been ended meanwhile has a note already.
        _actions.Problem = outcome.Problem ?? (outcome.IsTextLost ? _actions.Problem : null);
        return !outcome.IsTextLost;
    }

    private void MarkReadIfSeen()
    {
        if (Position.IsNewestSeen && Person.Unread > 0 && !Divider.HoldsUnread)
        {
            Divider.OnRead();
            _actions.Try(() => _page.MarkRead(_name));
        }
    }

    private Task<MessagePage> ReadAsync(MessageKey? after, MessageKey? before, int limit)
    {
        try
        {
            return Task.FromResult(_messages.Page(_name, after?.Id, before?.Id, limit, (after ?? before)?.IsOwn));
        }
        catch (PeerException exception)
        {
            // An unknown peer only means that there is no conversation yet.
            _actions.Problem = exception.Error == PeerError.UnknownPeer ? _actions.Problem : exception.Message;
            return Task.FromResult(new MessagePage([], null));
        }
    }
}
