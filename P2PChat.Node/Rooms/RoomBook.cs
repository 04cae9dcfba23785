using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>The rooms of this peer. Its members expect <see cref="Gate"/> to be held.</summary>
internal sealed partial class RoomBook(
    PeerIdentity identity,
    PeerStore store,
    SteadyClock steadyClock,
    ILogger<RoomBook> logger
)
{
    private readonly ILogger<RoomBook> _logger = logger;
    private readonly Dictionary<RoomEventId, RoomHost> _rooms = [];
    private readonly RoomAdmission _admission = new();
    private readonly HashSet<RoomEventId> _deleted = [];

    // Rooms that cannot be used. An event of one must not open an empty room over the stored one.
    private readonly HashSet<RoomEventId> _closed = [];
    private readonly HashSet<RoomEventId> _unread = [];
    private IReadOnlySet<PeerId> _blocked = new HashSet<PeerId>();
    private bool _isComplete = true;

    /// <summary>
    /// Guards all rooms. Locks of sessions and of contacts are taken under it, never the other way round.
    /// </summary>
    public Lock Gate { get; } = new();

    public IReadOnlyCollection<RoomHost> All => _rooms.Values;

    /// <summary>Whether all stored rooms are open. Otherwise there may be more members than these know of.</summary>
    public bool IsComplete => _isComplete && _closed.Count == 0 && _unread.Count == 0;

    /// <summary>The rooms that cannot be read now. See <see cref="ReloadUnread"/>.</summary>
    public IReadOnlySet<RoomEventId> Unread => _unread;

    /// <summary>The size of all events.</summary>
    public long Bytes => _rooms.Values.Sum(room => room.Sizes.All);

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
        _deleted.UnionWith(store.Rooms.Deleted());
        foreach (var stored in store.Rooms.Load(OnDamaged))
        {
            try
            {
                _ = Open(stored);
            }
            catch (Exception exception)
            {
                Close(stored.Snapshot.Room, exception);
            }
        }
    }

    /// <summary>
    /// The other members of this peer's rooms, with the names that they have given. Also those whom this peer has
    /// invited, and the moderators whose links it has: both may have to talk before one of the two is a member.
    /// </summary>
    public IReadOnlyDictionary<PeerId, Username?> Members
    {
        get
        {
            var members = new Dictionary<PeerId, Username?>();
            foreach (var room in _rooms.Values.Where(room => room.Machine.IsMember))
            {
                foreach (var member in room.Machine.State.Members.Values.Where(IsKnown))
                {
                    if (member.Id != identity.PeerId)
                    {
                        members[member.Id] = room.Machine.UsernameOf(member.Id) ?? members.GetValueOrDefault(member.Id);
                    }
                }
            }

            foreach (var request in _rooms.Values.Select(room => room.Request).OfType<RoomLinkRequest>())
            {
                members[request.Moderator] = members.GetValueOrDefault(request.Moderator) ?? request.Name;
            }

            return members;
        }
    }

    /// <summary>The proofs of links that this peer shows to the moderators who made them.</summary>
    public IReadOnlyDictionary<PeerId, RoomSignal.LinkProof> Proofs
    {
        get
        {
            var proofs = new Dictionary<PeerId, RoomSignal.LinkProof>();
            foreach (var room in _rooms.Values.Where(room => room.Standing == RoomStanding.Waiting))
            {
                // Further links of one moderator are shown when the first one has led to a connection.
                _ = proofs.TryAdd(room.Request!.Moderator, room.Request.ProofFor(room.Id, identity.PeerId));
            }

            return proofs;
        }
    }

    public long BytesInvitedBy(PeerId inviter) =>
        _rooms
            .Values.Where(room => room.Inviter == inviter && !room.Machine.HasJoinedBefore)
            .Sum(room => room.Sizes.All);

    public RoomHost? Find(RoomEventId id) => _rooms.GetValueOrDefault(id);

    /// <summary>Finds a room of which an event has arrived; a new one if its sender may invite this peer.</summary>
    /// <returns>
    /// Null if the sender may not invite, or has too many invitations that wait, or if the room cannot be used.
    /// </returns>
    public RoomHost? FindOrAdmit(ArrivedEvent arrived, RoomEvent roomEvent, RoomBatch batch)
    {
        var (id, from) = (roomEvent.Room, arrived.From);
        if (_rooms.TryGetValue(id, out var known))
        {
            return known;
        }

        // What the user has deleted comes back by another invite only.
        var isInvite =
            roomEvent.Kind == RoomEventKind.Invite && roomEvent.Author == from && roomEvent.Subject == identity.PeerId;
        if (
            !arrived.IsFromContact
            || _blocked.Contains(from)
            || _closed.Contains(id)
            || _unread.Contains(id)
            || (_deleted.Contains(id) && !isInvite)
            || !roomEvent.IsMembership
            || !_admission.Admit(id, from)
        )
        {
            return null;
        }

        _ = _deleted.Remove(id);
        var now = steadyClock.GetUtcNow();
        batch.Add(id, from, now);
        return Open(new StoredRoom(RoomSnapshot.Empty(id), from, now));
    }

    /// <summary>Whether the user has deleted or declined a room.</summary>
    public bool IsDeleted(RoomEventId id) => _deleted.Contains(id);

    /// <summary>Adds a room that this peer has made.</summary>
    /// <returns>Null if there are too many.</returns>
    public RoomHost? Create(RoomEvent create, RoomBatch batch)
    {
        if (!_admission.Join(create.Id))
        {
            return null;
        }

        var now = steadyClock.GetUtcNow();
        batch.Add(create.Id, inviter: null, now);
        batch.Add(create.Id, new RoomChange.Added(create, IsUnsent: false), now);
        return Open(new StoredRoom(new RoomSnapshot(create.Id, [create], [], []), Inviter: null, now));
    }

    /// <summary>Adds a room to which this peer has an invite link.</summary>
    /// <returns>Null if too many invitations of that moderator wait, or if the room cannot be used.</returns>
    public RoomHost? Await(RoomEventId id, RoomLinkRequest request, RoomBatch batch)
    {
        if (_closed.Contains(id) || _unread.Contains(id) || !_admission.Admit(id, request.Moderator))
        {
            return null;
        }

        _ = _deleted.Remove(id);
        batch.Add(id, request.Moderator, request.At);
        return Open(new StoredRoom(RoomSnapshot.Empty(id), request.Moderator, request.At));
    }

    /// <returns>False if this peer is in too many rooms.</returns>
    public bool MayJoin(RoomEventId id) => _admission.MayJoin(id);

    public void Join(RoomEventId id) => _ = _admission.Join(id);

    /// <summary>This peer has left or was removed, so the room no longer counts towards the limit.</summary>
    public void Leave(RoomEventId id) => _admission.Leave(id);

    /// <summary>Deletes a room.</summary>
    public void Delete(RoomHost room, RoomBatch batch)
    {
        _ = _rooms.Remove(room.Id);
        _ = _deleted.Add(room.Id);
        _admission.Leave(room.Id);
        batch.Delete(room.Id, steadyClock.GetUtcNow());
    }

    /// <summary>Disables a room that failed, until the next start.</summary>
    public void Close(RoomEventId id, Exception exception)
    {
        LogClosed(id, exception);
        _ = _rooms.Remove(id);
        _ = _closed.Add(id);
    }

    /// <summary>Goes back to what is stored, because the latest changes could not be saved.</summary>
    public void Reload(RoomEventId id)
    {
        if (_closed.Contains(id))
        {
            return;
        }

        _ = _rooms.Remove(id);
        _ = _unread.Add(id);
        // It may have been joined in what was not saved.
        _admission.Leave(id);
        try
        {
            var stored = store.Rooms.Load(id);
            _ = _unread.Remove(id);
            if (stored is null)
            {
                _deleted.UnionWith(store.Rooms.Deleted());
            }
            else
            {
                _ = _deleted.Remove(id);
                _ = Open(stored);
            }
        }
        catch (StoreException exception)
        {
            LogNotRead(exception);
        }
        catch (Exception exception)
        {
            _ = _unread.Remove(id);
            Close(id, exception);
        }
    }

    /// <summary>Reads the rooms that could not be read before.</summary>
    public void ReloadUnread()
    {
        foreach (var id in _unread.ToList())
        {
            Reload(id);
        }
    }

    private bool IsKnown(RoomMember member) => member.HasJoined || member.Inviter == identity.PeerId;

    private RoomHost Open(StoredRoom stored)
    {
        var id = stored.Snapshot.Room;
        var machine = identity.OpenRoom(stored.Snapshot);
        machine.SetBlocked(_blocked);
        var room = new RoomHost(identity.PeerId, stored, machine);
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

    private void OnDamaged(RoomEventId? id)
    {
        LogDamaged(id);
        _isComplete = false;
        if (id is { } known)
        {
            _ = _closed.Add(known);
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "Room {Room} is damaged in the store and was skipped. Restore a backup to get it back."
    )]
    private partial void LogDamaged(RoomEventId? room);

    [LoggerMessage(LogLevel.Error, "Room {Room} failed with an unexpected error and is disabled until the next start.")]
    private partial void LogClosed(RoomEventId room, Exception exception);

    [LoggerMessage(LogLevel.Error, "A room cannot be read.")]
    private partial void LogNotRead(Exception exception);
}
