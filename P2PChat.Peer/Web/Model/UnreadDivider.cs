using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// The place where the new messages of an open conversation begin. It stays there while the user reads, until the
/// conversation is closed, answered, or read elsewhere. Not thread-safe.
/// </summary>
internal sealed class UnreadDivider
{
    private readonly Func<Guid?> _findFirstUnread;
    private int _unread;
    private long? _markedFrom;
    private int? _place;
    private bool _isRead;
    private bool _wasSeen;

    /// <param name="findFirstUnread">Finds the oldest unread message; null if all are read.</param>
    public UnreadDivider(Func<Guid?> findFirstUnread, Person person)
    {
        _findFirstUnread = findFirstUnread;
        (At, _unread, _markedFrom) = (FirstUnread(), person.Unread, person.Marks.UnreadFrom);
    }

    /// <summary>The first new message; null if there is none.</summary>
    public Guid? At { get; private set; }

    /// <summary>The key of <see cref="At"/>: only messages of the other user are new.</summary>
    public MessageKey? Key => At is { } at ? Theirs(at) : null;

    /// <summary>
    /// Whether the user has marked messages as unread while the conversation was open: they stay unread until it is
    /// opened again.
    /// </summary>
    public bool HoldsUnread { get; private set; }

    /// <summary>Whether it is above the view, and the user has not seen it yet.</summary>
    public bool IsAbove(MessageWindow window) =>
        At is { } at && !_wasSeen && (_place < 0 || (!window.HasNewer && !window.Contains(Theirs(at))));

    /// <summary>Applies changes that were made elsewhere.</summary>
    /// <returns>Whether the divider has moved.</returns>
    public bool Update(Person person)
    {
        var (before, wasUnread, markedBefore) = (At, _unread, _markedFrom);
        (_unread, _markedFrom) = (person.Unread, person.Marks.UnreadFrom);
        if (_markedFrom is not null && _markedFrom != markedBefore)
        {
            (At, HoldsUnread, _isRead, _wasSeen) = (FirstUnread(), true, false, true);
        }
        else if (wasUnread > 0 && _unread == 0)
        {
            Clear();
        }

        return At != before;
    }

    /// <param name="isSeen">Whether the user sees the message as it arrives.</param>
    public void OnReceived(Message message, bool isSeen)
    {
        if (!isSeen && (At is null || _isRead))
        {
            (At, _isRead, _wasSeen) = (message.Id, false, false);
        }
    }

    /// <param name="key">The deleted message; null for all.</param>
    public void OnDeleted(MessageKey? key)
    {
        if (key is null || key == Key)
        {
            At = FirstUnread();
        }
    }

    /// <param name="place">-1 above the view, 0 in it, 1 below; null without a divider.</param>
    public void OnPlaced(int? place, bool isPageInFront)
    {
        _place = place;
        _wasSeen |= place == 0 && isPageInFront;
    }

    /// <summary>Call before this page marks the messages as read.</summary>
    public void OnRead() => (_unread, _isRead) = (0, true);

    /// <summary>Makes sure that the window holds the first new message.</summary>
    public async Task LoadAsync(MessageWindow window)
    {
        _wasSeen = true;
        if (At is { } at && !window.Contains(Theirs(at)))
        {
            _ = await window.LoadAroundAsync(Theirs(at));
        }
    }

    /// <summary>Call after the user has answered.</summary>
    public void Clear() => (At, HoldsUnread, _isRead, _wasSeen) = (null, false, false, false);

    private static MessageKey Theirs(Guid id) => new(IsOwn: false, id);

    private Guid? FirstUnread()
    {
        try
        {
            return _findFirstUnread();
        }
        catch (PeerException)
        {
            // Loading the messages reports the reason.
            return null;
        }
    }
}
