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

    // Reading all rooms counts what is unread in each, so an event reads only the one that it is about.
    private readonly ConcurrentQueue<RoomEventId> _changed = new();
    private readonly ConcurrentDictionary<RoomEventId, string> _refusedLinks = new();
    private int _events;
    private bool _isLoaded;

    /// <summary>All rooms and invitations, the latest first.</summary>
    public IReadOnlyList<PageRoom> All { get; private set; } = [];

    /// <summary>The rooms in the list of conversations.</summary>
    public IEnumerable<PageRoom> Listed => All.Where(room => !room.IsInvitation);

    public IEnumerable<PageRoom> Invitations => All.Where(room => room.IsInvitation);

    /// <summary>See <see cref="PageRoom.Waiting"/>.</summary>
    public int WaitingCount => All.Sum(room => room.Waiting);

    public PageRoom? Find(RoomEventId id) => All.FirstOrDefault(room => room.View.Id == id);

    /// <summary>Why a link has not led to an invitation; null if none.</summary>
    public string? RefusalOf(string id) =>
        RoomEventId.TryParse(id, out var parsed) ? _refusedLinks.GetValueOrDefault(parsed) : null;

    public PageRoom? Find(string id) => RoomEventId.TryParse(id, out var parsed) ? Find(parsed) : null;

    /// <summary>Reads the rooms again; after <see cref="Apply"/> only those that the events are about.</summary>
    /// <param name="onlyChanged">Whether to read only those rooms in any case.</param>
    public void Reload(bool onlyChanged = false)
    {
        var isForEvents = Interlocked.Exchange(ref _events, 0) > 0 || onlyChanged;
        var changed = new HashSet<RoomEventId>();
        while (_changed.TryDequeue(out var id))
        {
            _ = changed.Add(id);
        }

        var read = isForEvents
            ? All.Select(room => room.View)
                .Where(view => !changed.Contains(view.Id))
                .Concat(changed.Select(TryFind).OfType<RoomView>())
            : rooms.All;
        var shown = read.Select(view => new PageRoom(view, TimeOf(view)) { Typing = TypingIn(view.Id) }).ToList();
        All = [.. shown.OrderByDescending(room => room.At).ThenBy(room => room.Id, StringComparer.Ordinal)];
        _isLoaded = true;
    }

    /// <summary>Notes what an event says. Call before <see cref="Reload"/>.</summary>
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
                _changed.Enqueue(message.Room.Id);
                break;
            case PeerEvent.RoomMessageChanged { Message.Room.Id: var id }:
                _changed.Enqueue(id);
                break;
            case PeerEvent.RoomReordered { Room.Id: var id }:
                _changed.Enqueue(id);
                break;
            case PeerEvent.RoomChanged { Room: { Id: var id, Standing: var standing } }:
                if (standing is RoomStanding.Joined or RoomStanding.Waiting)
                {
                    _ = _refusedLinks.TryRemove(id, out _);
                }

                _changed.Enqueue(id);
                break;
            case PeerEvent.RoomLinkRefused { Room.Id: var id, By: var by, Reason: var reason }:
                _refusedLinks[id] = RoomLinkText.Of(by.Value, reason);
                _changed.Enqueue(id);
                break;
            case PeerEvent.RoomDeleted { Room.Id: var id }:
                _changed.Enqueue(id);
                break;
        }

        _ = Interlocked.Increment(ref _events);
    }

    private RoomView? TryFind(RoomEventId id)
    {
        try
        {
            return rooms.Find(id.ToString());
        }
        catch (PeerException)
        {
            // It was deleted, or the invitation was withdrawn.
            return null;
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
    private DateTimeOffset TimeOf(RoomView view)
    {
        if (Find(view.Id) is { } seen && seen.View.Last?.Id == view.Last?.Id)
        {
            return seen.At;
        }

        var now = timeProvider.GetUtcNow();
        var at = view.Last?.SentAt ?? (_isLoaded ? now : DateTimeOffset.MinValue);
        return at < now ? at : now;
    }
}
