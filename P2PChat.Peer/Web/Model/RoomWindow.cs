using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// The part of a room that a page holds: a limited number of messages, which moves as the user scrolls. Messages may
/// arrive anywhere in it, so every change reads it again. Not thread-safe.
/// </summary>
internal sealed class RoomWindow(string room, RoomHistoryService history, int pageSize = 50, int capacity = 200)
{
    public RoomHistory Shown { get; private set; } = RoomHistory.Empty;

    public bool Contains(RoomEventId id) => Shown.Messages.Any(message => message.Id == id);

    /// <exception cref="PeerException">The room was deleted. The same for all that follow.</exception>
    public void LoadNewest() => Show(history.Newest(room, pageSize));

    /// <summary>
    /// Loads a message with half a page before it and a page after it; the newest ones if it is unknown.
    /// </summary>
    public void LoadAround(RoomEventId id) => Show(history.Around(room, id, pageSize / 2, pageSize));

    public void LoadOlder()
    {
        if (Shown is { HasOlder: true, Messages: [var first, ..] })
        {
            Show(history.Around(room, first.Id, pageSize, Math.Min(Shown.Messages.Count, capacity - pageSize) - 1));
        }
    }

    public void LoadNewer()
    {
        if (Shown is { HasNewer: true, Messages: [.., var last] })
        {
            Show(history.Around(room, last.Id, Math.Min(Shown.Messages.Count, capacity - pageSize) - 1, pageSize));
        }
    }

    /// <summary>Reads again what the window shows, with what has arrived since.</summary>
    public void Refresh()
    {
        if (Shown.Messages is not [var first, ..])
        {
            LoadNewest();
            return;
        }

        // At the beginning of the room, late messages may come before the first one.
        var before = Shown.HasOlder ? 0 : pageSize;
        var after = (Shown.HasNewer ? Shown.Messages.Count : capacity) - 1;
        var read = history.Around(room, first.Id, before, after);
        Show(read.HasNewer && !Shown.HasNewer ? history.Newest(room, capacity) : read);
    }

    // Messages that stayed the same keep their identity, so that their rows are not rendered again.
    private void Show(RoomHistory read)
    {
        var known = Shown.Messages.ToDictionary(message => message.Id);
        Shown = read with
        {
            Messages =
            [
                .. read.Messages.Select(message =>
                    known.TryGetValue(message.Id, out var before) && AreEqual(before, message) ? before : message
                ),
            ],
        };
    }

    private static bool AreEqual(RoomMessageView one, RoomMessageView other) =>
        one.Reactions.SequenceEqual(other.Reactions) && one == other with { Reactions = one.Reactions };
}
