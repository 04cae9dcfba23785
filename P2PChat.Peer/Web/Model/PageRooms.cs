using System.Collections.Concurrent;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// The rooms of an open page, with what events say about them. Thread-safe, but for <see cref="Reload"/>.
/// </summary>
internal sealed class PageRooms(RoomService rooms, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<(RoomEventId Room, PeerId By), (RoomPerson Who, long Since)> _typing = new();
    private Dictionary<RoomEventId, (RoomEventId? Last, DateTimeOffset At)> _seen = [];
    private bool _isLoaded;

    /// <summary>All rooms and invitations, the latest first.</summary>
    public IReadOnlyList<PageRoom> All { get; private set; } = [];

    /// <summary>The rooms in the list of conversations.</summary>
    public IEnumerable<PageRoom> Listed => All.Where(room => !room.IsInvitation);

    public IEnumerable<PageRoom> Invitations => All.Where(room => room.IsInvitation);

    /// <summary>See <see cref="PageRoom.Waiting"/>.</summary>
    public int WaitingCount => All.Sum(room => room.Waiting);

    public PageRoom? Find(RoomEventId id) => All.FirstOrDefault(room => room.View.Id == id);

    public PageRoom? Find(string id) => RoomEventId.TryParse(id, out var parsed) ? Find(parsed) : null;

    /// <summary>Reads the rooms again.</summary>
    public void Reload()
    {
        var seen = new Dictionary<RoomEventId, (RoomEventId? Last, DateTimeOffset At)>();
        List<PageRoom> read = [];
        foreach (var room in rooms.All)
        {
            var at = TimeOf(room);
            seen[room.Id] = (room.Last?.Id, at);
            read.Add(new PageRoom(room, at) { Typing = TypingIn(room.Id) });
        }

        (_seen, _isLoaded) = (seen, true);
        All = [.. read.OrderByDescending(room => room.At).ThenBy(room => room.Id, StringComparer.Ordinal)];
    }

    public void Apply(PeerEvent peerEvent)
    {
        switch (peerEvent)
        {
            case PeerEvent.RoomTyping { Active: true } typing:
                _typing[(typing.Room.Id, typing.From.Key)] = (typing.From, timeProvider.GetTimestamp());
                break;
            case PeerEvent.RoomTyping typing:
                _ = _typing.TryRemove((typing.Room.Id, typing.From.Key), out _);
                break;
            case PeerEvent.RoomMessageReceived { Message: var message }:
                _ = _typing.TryRemove((message.Room.Id, message.From.Key), out _);
                break;
        }
    }

    private List<RoomPerson> TypingIn(RoomEventId room) =>
        [
            .. _typing
                .Where(one => one.Key.Room == room)
                .Where(one => timeProvider.GetElapsedTime(one.Value.Since) < PeerEvent.Typing.Lasts)
                .OrderBy(one => one.Value.Since)
                .Select(one => one.Value.Who),
        ];

    // By the author's clock, but never later than this page has seen the message. Without a message, by when the room
    // has appeared on this page.
    private DateTimeOffset TimeOf(RoomView room)
    {
        if (_seen.TryGetValue(room.Id, out var seen) && seen.Last == room.Last?.Id)
        {
            return seen.At;
        }

        var now = timeProvider.GetUtcNow();
        var at = room.Last?.SentAt ?? (_isLoaded ? now : DateTimeOffset.MinValue);
        return at < now ? at : now;
    }
}
