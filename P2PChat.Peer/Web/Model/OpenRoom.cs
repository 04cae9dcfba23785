using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Web.Model;

/// <summary>The messages of a room that a page shows, and what changes them. Not thread-safe.</summary>
internal sealed class OpenRoom
{
    private readonly RoomEventId _id;
    private readonly string _room;
    private readonly ChatPageModel _page;
    private readonly RoomMessageService _messages;
    private readonly RoomHistoryService _history;
    private RoomView? _known;
    private int _blocked;

    public OpenRoom(RoomEventId id, ChatPageModel page, RoomMessageService messages, RoomHistoryService history)
    {
        (_id, _room, _page, _messages, _history) = (id, id.ToString(), page, messages, history);
        Window = new RoomWindow(_room, history);
        Divider = new RoomDivider(Read(() => history.FirstUnread(_room)));
        Composing = new RoomComposing(_room, messages);
    }

    /// <summary>A sentence for the user; null if there is none.</summary>
    public string? Problem { get; private set; }

    public RoomWindow Window { get; }

    public RoomDivider Divider { get; }

    public ReadingPosition Position { get; } = new();

    public OutgoingMessages Outgoing { get; } = new();

    public RoomComposing Composing { get; }

    private PageRoom? Room => _page.Rooms.Find(_id);

    public void ClearProblem() => Problem = null;

    /// <summary>Reads how the messages are shown.</summary>
    public IReadOnlyList<MessageDay<RoomMessageRow>> ReadDays() =>
        MessageDay.Of(RoomMessageRow.Of(Window.Shown, Divider, _page), row => row.Day);

    /// <summary>What has changed about the room after its last message.</summary>
    public string ReadLastNotices() => RoomMessageRow.LastNotices(Window.Shown, _page);

    /// <param name="at">The message to begin at; null for the first new one, or the newest.</param>
    public void Load(RoomEventId? at)
    {
        var start = at ?? Divider.At;
        Try(() =>
        {
            if (start is { } id)
            {
                Window.LoadAround(id);
            }
            else
            {
                Window.LoadNewest();
            }
        });
        (_known, _blocked) = (Room?.View, _page.People.Count(person => person.Blocked));
        Position.Reset(isAtEnd: !Window.Shown.HasNewer && start is null, _known?.Unread ?? 0);
    }

    public void LoadOlder() => Try(Window.LoadOlder);

    public void LoadNewer() => Try(Window.LoadNewer);

    /// <summary>Makes sure that the window holds the newest messages.</summary>
    public void LoadEnd()
    {
        if (Window.Shown.HasNewer)
        {
            Try(Window.LoadNewest);
        }

        Position.ClearNewBelow();
    }

    public void LoadUnread() => Try(() => Divider.Load(Window));

    /// <summary>Call when the list was scrolled, or the page gained or lost the focus.</summary>
    public Task OnPositionChangedAsync(LogPosition position)
    {
        Position.Update(position.IsAtEnd, position.IsInFront);
        Divider.OnPlaced(position.DividerPlace, position.IsInFront);
        return MarkReadIfSeenAsync();
    }

    /// <summary>Applies what may have changed elsewhere.</summary>
    /// <returns>Whether anything has.</returns>
    public bool OnChanged()
    {
        // Messages of blocked members are collapsed.
        var blocked = _page.People.Count(person => person.Blocked);
        if (Room?.View is not { } view || (AreEqual(view, _known) && blocked == _blocked) || Outgoing.Delays())
        {
            return false;
        }

        if (_known is { Unread: > 0 } && view.Unread == 0)
        {
            Divider.Clear();
        }

        (_known, _blocked) = (view, blocked);
        Refresh();
        return true;
    }

    /// <summary>Notes what an event says. Call <see cref="Refresh"/> after the last of several.</summary>
    /// <returns>Whether the event concerns this room.</returns>
    public async Task<bool> ApplyAsync(PeerEvent peerEvent)
    {
        switch (peerEvent)
        {
            case PeerEvent.RoomMessageReceived { Message: var message } when message.Room.Id == _id:
                Divider.OnReceived(
                    message.Id,
                    isSeen: (Position.IsNewestSeen && !Divider.HoldsUnread) || message.IsCollapsed
                );
                Position.CountNewMessage();
                await MarkReadIfSeenAsync();
                return true;
            case PeerEvent.RoomMessageChanged { Message: var changed } when changed.Room.Id == _id:
                Problem = Composing.OnChanged(changed) ?? Problem;
                return true;
            case PeerEvent.RoomChanged { IsMarkedUnread: true, Room.Id: var marked } when marked == _id:
                Divider.Hold(Read(() => _history.FirstUnread(_room)));
                return true;
            case PeerEvent.RoomReordered { Deleted: { } deleted, Room.Id: var room } when room == _id:
                Problem = Composing.OnDeleted(deleted) ?? Problem;
                Divider.OnDeleted(deleted, () => Read(() => _history.FirstUnread(_room)));
                return true;
            case PeerEvent.RoomChanged { Room.Id: var id } when id == _id:
            case PeerEvent.RoomReordered { Room.Id: var reordered } when reordered == _id:
            case PeerEvent.RoomRead { Room.Id: var read } when read == _id:
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads again what the window shows.</summary>
    public void Refresh()
    {
        // What is being sent is drawn by the script until it is among the rows.
        if (!Outgoing.Delays())
        {
            Try(Window.Refresh);
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
            Problem = null;
            Window.Refresh();
            if (!Window.Contains(message.Id))
            {
                Window.LoadNewest();
            }

            Outgoing.OnShown(number);
            Position.Reset(isAtEnd: true);
            Divider.Clear();
            return true;
        }
        catch (PeerException exception)
        {
            Problem = exception.Message;
            return false;
        }
        finally
        {
            Outgoing.End();
            if (Outgoing.TakeDelayed())
            {
                Refresh();
            }
        }
    }

    /// <summary>Replaces the text of the message that is being edited. Its new text follows as an event.</summary>
    /// <returns>False if the text belongs to no message, so that the script must keep it.</returns>
    public async Task<bool> EditAsync(string text)
    {
        var outcome = await Composing.EditAsync(text);
        Problem = outcome.Problem ?? (outcome.IsTextLost ? Problem : null);
        return !outcome.IsTextLost;
    }

    /// <summary>Sets this user's reaction to a message, or removes it if it is the same.</summary>
    /// <exception cref="PeerException">See <see cref="RoomMessageService.ReactAsync"/>.</exception>
    public Task ReactAsync(RoomMessageView message, string emoji)
    {
        var current = message.Reactions.FirstOrDefault(reaction => RoomFace.Of(reaction.From, _page).IsSelf).Emoji;
        return _messages.ReactAsync(_room, message.Id, current == emoji ? null : emoji);
    }

    /// <summary>Tells the members whether the user is typing.</summary>
    public void SetTyping(bool active) => Try(() => _messages.SetTyping(_room, active));

    /// <summary>Runs an action, and shows the problem if it fails.</summary>
    public async Task TryAsync(Func<Task> action)
    {
        try
        {
            await action();
            Problem = null;
        }
        catch (PeerException exception)
        {
            Problem = exception.Message;
        }
    }

    // What events say about single messages is left to them.
    private static bool AreEqual(RoomView view, RoomView? known) =>
        known is not null && view with { Last = null } == known with { Last = null } && view.Last?.Id == known.Last?.Id;

    private async Task MarkReadIfSeenAsync()
    {
        if (Position.IsNewestSeen && Room is { View.Unread: > 0 } && !Divider.HoldsUnread)
        {
            Divider.OnRead();
            _known = _known is null ? null : _known with { Unread = 0 };
            await TryAsync(() => _messages.MarkReadAsync(_room, upTo: null));
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (PeerException exception)
        {
            Problem = exception.Message;
        }
    }

    private T? Read<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (PeerException exception)
        {
            Problem = exception.Message;
            return default;
        }
    }
}
