using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Lets rooms that were restored from a backup be written to once they have caught up, or soon after the other members
/// could reach this peer. Before that it does not know its own last events, so what it writes would be a fork. Guarded
/// by <see cref="RoomBook.Gate"/>.
/// </summary>
internal sealed class RoomCatchUps(DirectoryRegistration registration)
{
    private static readonly TimeSpan WhenOnline = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WhenOffline = TimeSpan.FromMinutes(10);

    private readonly Dictionary<RoomEventId, RoomCatchUp> _rooms = [];
    private DateTimeOffset? _startedAt;
    private DateTimeOffset? _registeredAt;

    /// <summary>How often to call <see cref="Advance"/> while there are such rooms.</summary>
    public static TimeSpan Every { get; } = TimeSpan.FromSeconds(1);

    /// <summary>A member has said what it has.</summary>
    public void OnHeads(RoomHost room, PeerId from, IReadOnlyList<RoomEventId> heads)
    {
        if (room.IsBehind)
        {
            if (!_rooms.TryGetValue(room.Id, out var catchUp))
            {
                _rooms[room.Id] = catchUp = new RoomCatchUp();
            }

            catchUp.OnHeads(from, heads);
        }
    }

    /// <summary>Ends the wait of the rooms that need it no more.</summary>
    public void Advance(IEnumerable<RoomHost> rooms, RoomWork work, DateTimeOffset now)
    {
        _startedAt ??= now;
        if (registration.State == DirectoryState.Registered)
        {
            _registeredAt ??= now;
        }

        var isOver = now >= (_registeredAt + WhenOnline ?? _startedAt + WhenOffline);
        foreach (var room in rooms.Where(room => room.IsBehind))
        {
            if (isOver || _rooms.GetValueOrDefault(room.Id)?.IsDone(room.Machine.Log, room.Self) == true)
            {
                // What was heard is kept, in case this cannot be saved.
                work.Touch(room).IsBehind = false;
                work.Batch.SetCaughtUp(room.Id);
            }
        }
    }
}
