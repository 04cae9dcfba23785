using P2PChat.Node.Identity;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>The rooms of this peer. Its members expect <see cref="Gate"/> to be held.</summary>
internal sealed class RoomBook(PeerIdentity identity, PeerStore store)
{
    private readonly Dictionary<RoomEventId, RoomHost> _rooms = [];
    private readonly RoomAdmission _admission = new();
    private IReadOnlySet<PeerId> _blocked = new HashSet<PeerId>();

    /// <summary>
    /// Guards all rooms. Nothing under it blocks, but for reading a room from the store after a failure.
    /// </summary>
    public Lock Gate { get; } = new();

    public IReadOnlyCollection<RoomHost> All => _rooms.Values;

    /// <summary>The members whose messages are shown collapsed.</summary>
    public IReadOnlySet<PeerId> Blocked
    {
        get => _blocked;
        set
        {
            _blocked = value;
            foreach (var room in _rooms.Values)
            {
                room.Machine.SetBlocked(value);
            }
        }
    }

    /// <exception cref="StoreException">The rooms cannot be read.</exception>
    public void Load()
    {
        foreach (var stored in store.Rooms.Load())
        {
            Open(stored);
        }
    }

    /// <summary>The other members of this peer's rooms, with the names that they have given.</summary>
    public IReadOnlyDictionary<PeerId, Username?> Members
    {
        get
        {
            var members = new Dictionary<PeerId, Username?>();
            foreach (var room in _rooms.Values.Where(room => room.Machine.IsMember))
            {
                foreach (var member in room.Machine.State.Members.Values.Where(one => one.HasJoined))
                {
                    if (member.Id != identity.PeerId)
                    {
                        members[member.Id] = room.Machine.UsernameOf(member.Id) ?? members.GetValueOrDefault(member.Id);
                    }
                }
            }

            return members;
        }
    }

    public RoomHost? Find(RoomEventId id) => _rooms.GetValueOrDefault(id);

    /// <summary>Finds a room of which an event has arrived; a new one if its sender may invite this peer.</summary>
    /// <param name="mayInvite">Whether the sender is a contact.</param>
    /// <returns>Null if the sender may not invite, or has too many invitations that wait.</returns>
    public RoomHost? FindOrAdmit(RoomEventId id, PeerId from, bool mayInvite, RoomBatch batch)
    {
        if (_rooms.TryGetValue(id, out var known))
        {
            return known;
        }

        if (!mayInvite || !_admission.Admit(id, from))
        {
            return null;
        }

        batch.Add(id, from);
        return Open(new StoredRoom(RoomSnapshot.Empty(id), from, default, null));
    }

    /// <summary>Adds a room that this peer has made.</summary>
    /// <returns>Null if there are too many.</returns>
    public RoomHost? Create(RoomEvent create, RoomBatch batch)
    {
        if (!_admission.Join(create.Id))
        {
            return null;
        }

        batch.Add(create.Id, inviter: null);
        batch.Add(create.Id, new RoomChange.Added(create, IsUnsent: false));
        return Open(new StoredRoom(new RoomSnapshot(create.Id, [create], [], []), null, default, null));
    }

    /// <returns>False if this peer is in too many rooms.</returns>
    public bool MayJoin(RoomEventId id) => _admission.Join(id);

    /// <summary>The user has declined, left or deleted the room, so that it takes no place.</summary>
    public void Leave(RoomEventId id) => _admission.Leave(id);

    public void Remove(RoomHost room)
    {
        _ = _rooms.Remove(room.Id);
        _admission.Leave(room.Id);
    }

    /// <summary>Goes back to what is stored, because the latest changes could not be saved.</summary>
    /// <exception cref="StoreException">The room cannot be read.</exception>
    public void Reload(RoomEventId id)
    {
        _ = _rooms.Remove(id);
        if (store.Rooms.Load(id) is { } stored)
        {
            Open(stored);
        }
        else
        {
            _admission.Leave(id);
        }
    }

    private RoomHost Open(StoredRoom stored)
    {
        var id = stored.Snapshot.Room;
        var machine = identity.OpenRoom(stored.Snapshot);
        machine.SetBlocked(_blocked);
        var room = new RoomHost(id, identity.PeerId, machine) { Notify = stored.Notify, ReadUpTo = stored.ReadUpTo };
        _rooms[id] = room;
        if (machine.IsMember)
        {
            _ = _admission.Join(id);
        }
        else if (stored.Inviter is { } inviter && !machine.HasJoinedBefore)
        {
            _ = _admission.Admit(id, inviter);
        }

        return room;
    }
}
