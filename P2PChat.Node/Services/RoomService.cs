using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Services;

/// <summary>
/// Makes, joins and administers rooms. A room is named by its name or the beginning of its id, a person
/// by a username or the beginning of a key. Thread-safe.
/// </summary>
public sealed class RoomService
{
    private readonly PeerIdentity _identity;
    private readonly SessionTable _sessions;
    private readonly SessionContext _context;
    private readonly BlockPolicy _blocks;
    private readonly RoomBook _book;
    private readonly RoomViews _views;
    private readonly RoomFinder _finder;
    private readonly RoomCommands _commands;
    private readonly RoomLinks _links;
    private readonly LocalChanges _changes;

    internal RoomService(
        PeerIdentity identity,
        SessionTable sessions,
        SessionContext context,
        BlockPolicy blocks,
        RoomBook book,
        RoomViews views,
        RoomFinder finder,
        RoomCommands commands,
        RoomLinks links,
        LocalChanges changes
    )
    {
        (_identity, _sessions, _context, _blocks, _changes) = (identity, sessions, context, blocks, changes);
        (_book, _views, _finder, _commands, _links) = (book, views, finder, commands, links);
    }

    /// <summary>All rooms of which this peer is or was a member, or to which it is invited.</summary>
    public IReadOnlyList<RoomView> All
    {
        get
        {
            lock (_book.Gate)
            {
                var people = _views.People;
                return [.. _book.All.Select(room => _views.Of(room, people)).OfType<RoomView>()];
            }
        }
    }

    /// <exception cref="PeerException">There is no such room. The same for all that follow.</exception>
    public RoomView Find(string room) => _commands.Read(room, host => _views.Of(host)!);

    public IReadOnlyList<RoomMemberView> MembersOf(string room) =>
        _commands.Read(room, host => _views.MembersOf(host, IsConnected));

    /// <summary>Makes a room that this user owns.</summary>
    /// <param name="history">How many messages from before its join a new member gets.</param>
    /// <exception cref="PeerException">The name is not valid, or there are too many rooms.</exception>
    public async Task<RoomView> CreateAsync(string name, int history)
    {
        var valid = ValidName(name);
        var create = _identity.CreateRoom(valid, history, _context.Self);
        return await _commands.RunAsync(work =>
        {
            var room = _book.Create(create, work.Batch) ?? throw RoomRefusals.TooManyRooms();
            return _views.Of(work.Touch(room))!;
        });
    }

    /// <summary>Invites a contact.</summary>
    /// <exception cref="PeerException">It is not a contact, has no rooms, or the role does not allow it.</exception>
    public async Task InviteAsync(string room, Username contact)
    {
        if (contact == _context.Self)
        {
            throw Refusals.ToSelf();
        }

        _blocks.ThrowIfBlocked(contact);
        if (_sessions.Find(contact) is not { Rooms.Reach: { IsContact: true, HasRooms: var hasRooms } } session)
        {
            throw new PeerException(
                PeerError.NotAContact,
                $"{contact} is not a contact. Ask {contact} to connect first, and invite them then."
            );
        }

        if (!hasRooms)
        {
            throw RoomRefusals.NoRooms(contact.Value);
        }

        var key = session.Remote;
        await ChangeAsync(room, host => host.Machine.State.Members.ContainsKey(key)
                ? throw RoomRefusals.AlreadyThere(contact.Value)
            : RoomQuota.MayInvite(host) ? host.Machine.Invite(key)
            : RoomRefusal.TooLarge);
    }

    /// <summary>Accepts an invitation.</summary>
    /// <exception cref="PeerException">There is none, or this peer is in too many rooms.</exception>
    public Task JoinAsync(string room) => ChangeAsync(room, host =>
        {
            if (host is { Standing: RoomStanding.Waiting, Request: { } asked })
            {
                throw RoomRefusals.StillWaiting(asked.Name.Value);
            }

            if (host.Standing == RoomStanding.Joined)
            {
                throw RoomRefusals.AlreadyIn(RoomViews.NameOf(host));
            }

            if (host.Standing != RoomStanding.Invited)
            {
                throw RoomRefusals.NotInvited();
            }

            if (!_book.MayJoin(host.Id))
            {
                throw RoomRefusals.TooManyRooms();
            }

            var refusal = host.Machine.Join(_context.Self.Value);
            if (refusal is null)
            {
                _book.Join(host.Id);
            }

            return refusal;
        });

    /// <summary>Leaves a room, or declines an invitation.</summary>
    /// <exception cref="PeerException">This user owns the room.</exception>
    public async Task LeaveAsync(string room)
    {
        var (left, isDeclined) = await _commands.RunAsync(work =>
        {
            var host = work.Touch(_finder.Find(room));
            if (host.Machine.State.Owner == host.Self)
            {
                throw host.Machine.State.Members.Count > 1
                    ? RoomRefusals.OwnerCannotLeave()
                    : RoomRefusals.OnlyOwnerCannotLeave();
            }

            // Nobody else knows of it.
            if (host.Standing == RoomStanding.Waiting)
            {
                _links.GiveUp(host, work);
                return (host, false);
            }

            var isInvited = host.Standing == RoomStanding.Invited;
            RoomCommands.ThrowIfRefused(host, host.Machine.Leave());
            _book.Leave(host.Id);
            return (host, isInvited && !host.Machine.HasJoinedBefore);
        });
        if (isDeclined)
        {
            // Once the others are told: there is nothing in it to keep.
            await _commands.RunAsync(work =>
            {
                Delete(work.Touch(left), work);
                return true;
            });
        }

        _changes.Publish();
    }

    /// <summary>Deletes what this peer has of a room that it has left, or of one that nobody else is in.</summary>
    /// <exception cref="PeerException">This user is a member, and not alone.</exception>
    public async Task DeleteAsync(string room)
    {
        await _commands.RunAsync(work =>
        {
            var host = work.Touch(_finder.Find(room));
            if (host.Standing is RoomStanding.Joined or RoomStanding.Invited && host.Machine.State.Members.Count > 1)
            {
                throw RoomRefusals.StillMember();
            }

            if (host.Request is not null)
            {
                RoomLinks.Forget(host, work);
            }

            Delete(host, work);
            return true;
        });
        _changes.Publish();
    }

    /// <summary>Removes a member, or withdraws an invitation.</summary>
    public Task RemoveAsync(string room, string person) =>
        ChangeAsync(room, mayBeBehind: true, host => host.Machine.Remove(FindOther(host, person).Key));

    /// <summary>Changes a member's role. With <see cref="RoomRole.Owner"/>, this user hands the room over.</summary>
    /// <exception cref="PeerException">
    /// The new owner's name is not verified, or this user's role does not allow it.
    /// </exception>
    public Task SetRoleAsync(string room, string person, RoomRole role) => ChangeAsync(room, host =>
        {
            var member = FindOther(host, person);
            // It cannot be taken back, and anybody could have joined under that name.
            return role == RoomRole.Owner && !member.HasCheckedName
                ? throw RoomRefusals.UncheckedOwner(member.Shown)
                : host.Machine.SetRole(member.Key, role);
        });

    public Task RenameAsync(string room, string name)
    {
        var valid = ValidName(name);
        return ChangeAsync(room, host => host.Machine.Rename(valid));
    }

    /// <summary>Sets which messages of a room notify the user.</summary>
    public async Task SetNotifyAsync(string room, RoomNotify notify) =>
        await _commands.RunAsync(work =>
        {
            var host = work.Touch(_finder.Find(room));
            host.Notify = notify;
            work.Batch.SetNotify(host.Id, notify);
            work.Changed.Add((host, IsMarkedUnread: false));
            return true;
        });

    private RoomPerson FindOther(RoomHost room, string person)
    {
        var found = _finder.FindMember(room, person);
        return found.Key == room.Self ? throw RoomRefusals.Oneself() : found;
    }

    private void Delete(RoomHost room, RoomWork work)
    {
        _book.Delete(room, work.Batch);
        work.Events.Add(new PeerEvent.RoomDeleted(RoomViews.RefOf(room)));
    }

    private Task ChangeAsync(string room, Func<RoomHost, RoomRefusal?> change) =>
        ChangeAsync(room, mayBeBehind: false, change);

    private async Task ChangeAsync(string room, bool mayBeBehind, Func<RoomHost, RoomRefusal?> change)
    {
        await _commands.ChangeAsync(room, mayBeBehind, change);
        _changes.Publish();
    }

    private static string ValidName(string name)
    {
        var trimmed = name.Trim();
        return
            trimmed.Length is > 0 and <= RoomLimits.NameLength
            && SafeText.Show(trimmed) == trimmed
            && !trimmed.Contains('\t', StringComparison.Ordinal)
            && !RoomFinder.LooksLikeId(trimmed)
            ? trimmed
            : throw RoomRefusals.BadName();
    }

    private bool IsConnected(PeerId key) => _sessions.FindInMemory(key)?.Rooms.IsConnected == true;
}
