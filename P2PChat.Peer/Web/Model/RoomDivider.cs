using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Web.Model;

/// <summary>The place where the new messages of an open room begin, like <see cref="UnreadDivider"/>.</summary>
/// <param name="at">The oldest unread message; null if all are read.</param>
internal sealed class RoomDivider(RoomEventId? at)
{
    private int? _place;
    private bool _isRead;
    private bool _wasSeen;

    /// <summary>The first new message; null if there is none.</summary>
    public RoomEventId? At { get; private set; } = at;

    /// <inheritdoc cref="UnreadDivider.HoldsUnread"/>
    public bool HoldsUnread { get; private set; }

    /// <summary>Whether it is above the view, and the user has not seen it yet.</summary>
    public bool IsAbove(RoomWindow window) =>
        At is { } first && !_wasSeen && (_place < 0 || (!window.Shown.HasNewer && !window.Contains(first)));

    /// <param name="isSeen">Whether the user sees the message as it arrives.</param>
    public void OnReceived(RoomEventId message, bool isSeen)
    {
        if (!isSeen && (At is null || _isRead))
        {
            (At, _isRead, _wasSeen) = (message, false, false);
        }
    }

    /// <summary>The user has marked messages as unread.</summary>
    public void Hold(RoomEventId? first) =>
        (At, HoldsUnread, _isRead, _wasSeen) = (first, first is not null, false, true);

    /// <param name="id">The message that was deleted on this peer.</param>
    /// <param name="findFirstUnread">Finds the oldest unread message; null if all are read.</param>
    public void OnDeleted(RoomEventId id, Func<RoomEventId?> findFirstUnread)
    {
        if (id == At)
        {
            At = findFirstUnread();
        }
    }

    /// <inheritdoc cref="UnreadDivider.OnPlaced"/>
    public void OnPlaced(int? place, bool isPageInFront)
    {
        _place = place;
        _wasSeen |= place == 0 && isPageInFront;
    }

    /// <summary>Call before this page marks the messages as read.</summary>
    public void OnRead() => _isRead = true;

    /// <summary>Makes sure that the window holds the first new message.</summary>
    public void Load(RoomWindow window)
    {
        _wasSeen = true;
        if (At is { } first && !window.Contains(first))
        {
            window.LoadAround(first);
        }
    }

    /// <summary>Call after the user has written, or has read the messages elsewhere.</summary>
    public void Clear() => (At, HoldsUnread, _isRead, _wasSeen) = (null, false, false, false);
}
