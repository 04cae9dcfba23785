using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// The size of a room's events, in bytes, as <see cref="RoomQuota.SizeOf"/> counts them. A text that was
/// deleted counts no more. Guarded by <see cref="RoomBook.Gate"/>.
/// </summary>
internal sealed class RoomSizes
{
    private readonly Dictionary<PeerId, long> _messagesOf = [];
    private readonly Dictionary<RoomEventId, Counted> _stored = [];
    private readonly List<RoomEvent> _arriving = [];
    private long _all;

    private readonly record struct Counted(PeerId Author, long Bytes, bool IsMembership)
    {
        public Counted(RoomEvent roomEvent)
            : this(roomEvent.Author, RoomQuota.SizeOf(roomEvent), roomEvent.IsMembership) { }
    }

    public RoomSizes(IEnumerable<RoomEvent> stored)
    {
        foreach (var roomEvent in stored)
        {
            Set(roomEvent);
        }
    }

    /// <summary>All events, stored or arriving.</summary>
    public long All => _all;

    /// <summary>All but the membership events.</summary>
    public long Messages => _all - Membership;

    /// <summary>The membership events, which each newcomer gets.</summary>
    public long Membership { get; private set; }

    /// <summary>The number of authors with messages.</summary>
    public int Authors => _messagesOf.Count;

    /// <summary>The messages of one author.</summary>
    public long Of(PeerId author) => _messagesOf.GetValueOrDefault(author);

    /// <summary>An event is stored, or is stored with another body, or without one.</summary>
    public void Set(RoomEvent roomEvent)
    {
        Drop(roomEvent.Id);
        var counted = new Counted(roomEvent);
        _stored[roomEvent.Id] = counted;
        Count(counted, sign: 1);
    }

    /// <summary>An event is not stored any more.</summary>
    public void Drop(RoomEventId id)
    {
        if (_stored.Remove(id, out var counted))
        {
            Count(counted, sign: -1);
        }
    }

    /// <summary>An event is taken in, and counts until the end of the step in any case.</summary>
    public void Arrive(RoomEvent roomEvent)
    {
        _arriving.Add(roomEvent);
        Count(new Counted(roomEvent), sign: 1);
    }

    /// <summary>What arrived and is stored has to be added.</summary>
    public void EndStep()
    {
        _arriving.ForEach(roomEvent => Count(new Counted(roomEvent), sign: -1));
        _arriving.Clear();
    }

    private void Count(Counted counted, int sign)
    {
        var bytes = sign * counted.Bytes;
        _all += bytes;
        if (counted.IsMembership)
        {
            Membership += bytes;
        }
        else if (Of(counted.Author) + bytes is not 0 and var left)
        {
            _messagesOf[counted.Author] = left;
        }
        else
        {
            // Anybody can make any number of keys.
            _ = _messagesOf.Remove(counted.Author);
        }
    }
}
