using P2PChat.Protocol.Content;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Sessions;

/// <summary>Which events of rooms the other peer has acknowledged, and which wait for it. Thread-safe.</summary>
internal sealed class RoomReceipts(SessionHost host)
{
    private const int MaxDelivered = 1024;

    private readonly Lock _gate = new();
    private readonly RecentIds<RoomEventId> _delivered = new(MaxDelivered);

    /// <summary>The other peer has acknowledged an event. The last ones are remembered until this peer ends.</summary>
    public void Add(RoomEventId id)
    {
        lock (_gate)
        {
            _ = _delivered.TryAdd(id);
        }
    }

    public bool IsDelivered(RoomEventId id)
    {
        lock (_gate)
        {
            return _delivered.Contains(id);
        }
    }

    /// <summary>Whether an event is in the outbox.</summary>
    public bool IsWaiting(RoomEventId id)
    {
        lock (host.StateLock)
        {
            return host.Machine.Conversation.Snapshot.Outbox.Any(entry =>
                entry.Message?.Content is MessageContent.Room room && room.Id == id
            );
        }
    }
}
