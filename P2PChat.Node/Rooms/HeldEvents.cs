using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Membership events of rooms that the user has deleted. A contact who invites this peer again sends them before the
/// invite, and only the invite brings the room back. Used by one thread.
/// </summary>
internal sealed class HeldEvents
{
    // The contacts that send them can be many, so the oldest room gives way.
    private const int MaxRooms = 4;
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    private readonly List<Held> _rooms = [];

    // Taken in the current step, which is not saved yet.
    private readonly List<Held> _taken = [];

    private sealed record Held(RoomEventId Room, PeerId From)
    {
        public DateTimeOffset LastAt { get; set; }

        public List<RoomEvent> Events { get; } = [];

        public HashSet<RoomEventId> Ids { get; } = [];

        public long Bytes { get; set; }
    }

    /// <summary>Holds an event for a while, if there is space for it.</summary>
    public void Add(PeerId from, RoomEvent roomEvent, DateTimeOffset now)
    {
        _ = _rooms.RemoveAll(held => held.LastAt + Age < now);
        var room = Find(roomEvent.Room, from);
        if (room is null)
        {
            while (_rooms.Count >= MaxRooms)
            {
                _rooms.RemoveAt(0);
            }

            _rooms.Add(room = new Held(roomEvent.Room, from));
        }

        room.LastAt = now;

        // After a step that failed, the same events arrive again.
        if (room.Bytes + RoomQuota.SizeOf(roomEvent) <= RoomQuota.InvitedRoomBytes && room.Ids.Add(roomEvent.Id))
        {
            room.Events.Add(roomEvent);
            room.Bytes += RoomQuota.SizeOf(roomEvent);
        }
    }

    /// <summary>Takes what a peer has sent of a room that is back.</summary>
    public IReadOnlyList<RoomEvent> Take(RoomEventId room, PeerId from)
    {
        if (Find(room, from) is not { } held)
        {
            return [];
        }

        _ = _rooms.Remove(held);
        _taken.Add(held);
        return held.Events;
    }

    /// <summary>The taken events are in the store.</summary>
    public void Saved() => _taken.Clear();

    /// <summary>The taken events could not be saved. They are wanted next, so they give way last.</summary>
    public void Undo()
    {
        _rooms.AddRange(_taken);
        _taken.Clear();
    }

    private Held? Find(RoomEventId room, PeerId from) => _rooms.Find(held => held.Room == room && held.From == from);
}
