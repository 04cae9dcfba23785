using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// The messages that a search has looked up. Each is computed once: one may have thousands of edits, and each of
/// them is found. Expects <see cref="RoomBook.Gate"/> to be held.
/// </summary>
internal sealed class FoundRows
{
    private readonly Dictionary<(RoomEventId Room, RoomEventId Message), RoomRow?> _rows = [];

    /// <summary>How many were computed.</summary>
    public int Count => _rows.Count;

    /// <summary>The message that shows the text of an event; null if it is not shown, or not any more.</summary>
    public RoomRow? WithTextOf(RoomEventId room, RoomTimeline timeline, RoomEventId id)
    {
        if (timeline.ShownBy(id) is not { } message)
        {
            return null;
        }

        if (!_rows.TryGetValue((room, message), out var row))
        {
            _rows[(room, message)] = row = timeline.Find(message);
        }

        return row is { IsRemoved: false } && row.TextFrom == id ? row : null;
    }
}
