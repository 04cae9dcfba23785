using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// The size of a room's events, in bytes, as <see cref="RoomQuota.SizeOf"/> counts them. Those that were deleted since
/// the start count, too. Guarded by <see cref="RoomBook.Gate"/>.
/// </summary>
internal sealed class RoomSizes
{
    private readonly Dictionary<PeerId, long> _messagesOf = [];
    private readonly List<RoomEvent> _arriving = [];
    private long _all;

    public RoomSizes(IEnumerable<RoomEvent> stored)
    {
        foreach (var roomEvent in stored)
        {
            Count(roomEvent, sign: 1);
        }
    }

    /// <summary>All events, stored or arriving.</summary>
    public long All => _all;

    /// <summary>The membership events, which each newcomer gets.</summary>
    public long Membership { get; private set; }

    /// <summary>The messages of one author.</summary>
    public long Of(PeerId author) => _messagesOf.GetValueOrDefault(author);

    /// <summary>An event is stored.</summary>
    public void Add(RoomEvent roomEvent) => Count(roomEvent, sign: 1);

    /// <summary>An event is taken in, and counts until the end of the step in any case.</summary>
    public void Arrive(RoomEvent roomEvent)
    {
        _arriving.Add(roomEvent);
        Count(roomEvent, sign: 1);
    }

    /// <summary>What arrived and is stored has to be added.</summary>
    public void EndStep()
    {
        _arriving.ForEach(roomEvent => Count(roomEvent, sign: -1));
        _arriving.Clear();
    }

    private void Count(RoomEvent roomEvent, int sign)
    {
        var bytes = sign * RoomQuota.SizeOf(roomEvent);
        _all += bytes;
        if (roomEvent.IsMembership)
        {
            Membership += bytes;
        }
        else
        {
            _messagesOf[roomEvent.Author] = Of(roomEvent.Author) + bytes;
        }
    }
}
