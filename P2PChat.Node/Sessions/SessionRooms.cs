using P2PChat.Protocol.Content;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>Carries events and signals of rooms to and from the other peer. Guarded by the session's lock.</summary>
internal sealed class SessionRooms(SessionHost host)
{
    // A question makes this peer search the room, so a peer that asks without end gets no more answers.
    private const int MaxSignals = 600;

    private readonly SessionContext _context = host.Context;
    private readonly RateWindow _signals = new(MaxSignals, TimeSpan.FromMinutes(1));

    // Who has joined a room has rooms, also before the first link.
    private bool IsUnderstood =>
        host.Machine.IsContact && (host.Contact.IsForRooms || host.Machine.Features.HasFlag(PeerFeatures.Rooms));

    /// <summary>Whether the other peer can be invited: it is a contact, and has rooms.</summary>
    public (bool IsContact, bool HasRooms) Reach
    {
        get
        {
            lock (host.StateLock)
            {
                return (host.Machine.IsContact && !host.Contact.IsForRooms, IsUnderstood);
            }
        }
    }

    /// <summary>Whether the two are no contacts, and talk for the sake of a room only.</summary>
    public bool IsForRooms
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Contact.IsForRooms && host.Machine.IsContact;
            }
        }
    }

    /// <summary>Whether the other peer can be told things that are not stored.</summary>
    public bool IsConnected
    {
        get
        {
            lock (host.StateLock)
            {
                return IsUnderstood && host.Machine.IsConnected;
            }
        }
    }

    /// <summary>Sends an event like a message: in order, once, and by mail if the other peer is away.</summary>
    /// <returns>
    /// False if this session is retired and the caller must use another. What the outbox has no place for is not sent,
    /// and asked for later.
    /// </returns>
    public bool Send(ReadOnlyMemory<byte> roomEvent)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return false;
            }

            // Half of the outbox stays free for the messages of the conversation itself.
            if (!IsUnderstood || host.Machine.Conversation.Unacknowledged >= _context.Conversation.OutboxMessages / 2)
            {
                return true;
            }

            var now = _context.MessageClock.Now;
            _ = host.Machine.Conversation.Send(
                new OutgoingMessage(
                    Guid.CreateVersion7(now.Own),
                    FallbackText.Room,
                    DateTimeOffset.FromUnixTimeMilliseconds(now.Own.ToUnixTimeMilliseconds())
                )
                {
                    Content = new MessageContent.Room(roomEvent),
                    QueuedAtRan = now.Ran,
                    QueuedAtDirectory = now.Directory,
                }
            );
            host.Drain();
            if (!host.Machine.IsConnected && host.NameClaim.Current is { } name)
            {
                _context.Reconnect.Wanted(name, host.Remote);
            }

            return true;
        }
    }

    /// <summary>Tells the other peer something on the open link, if there is one.</summary>
    /// <returns>False if this session is retired and the caller must use another.</returns>
    public bool Signal(RoomSignal signal)
    {
        lock (host.StateLock)
        {
            if (IsUnderstood && host.Machine.IsConnected && !host.Lifecycle.IsRetired)
            {
                _ = host.Machine.SendRoomSignal(signal);
                host.Drain();
            }

            return !host.Lifecycle.IsRetired;
        }
    }

    internal void OnArrived() => _context.Rooms.Arrived();

    internal void OnSignalled(RoomSignal signal)
    {
        if (host.Machine.IsContact && _signals.TryTake(_context.SteadyClock.GetUtcNow()))
        {
            _context.Rooms.Signalled(host.Remote, signal);
        }
    }

    internal void OnLinkInUse()
    {
        if (IsUnderstood)
        {
            _context.Rooms.Reachable(host.Remote);
        }
    }
}
