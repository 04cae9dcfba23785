using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Services;

/// <summary>
/// Makes, lists and revokes invite links to rooms, and joins by the links of others. A room is named as in
/// <see cref="RoomService"/>. Thread-safe.
/// </summary>
public sealed class RoomLinkService
{
    private readonly LocalIdentity _self;
    private readonly InviteAddress _address;
    private readonly SessionTable _sessions;
    private readonly SessionContext _context;
    private readonly PeerLookup _lookup;
    private readonly RoomViews _views;
    private readonly RoomLinks _links;
    private readonly RoomFinder _finder;
    private readonly RoomCommands _commands;
    private readonly RoomAcquaintances _acquaintances;
    private readonly LocalChanges _changes;

    internal RoomLinkService(
        LocalIdentity self,
        InviteAddress address,
        SessionTable sessions,
        SessionContext context,
        PeerLookup lookup,
        RoomViews views,
        RoomLinks links,
        RoomFinder finder,
        RoomCommands commands,
        RoomAcquaintances acquaintances,
        LocalChanges changes
    )
    {
        (_self, _address, _sessions, _context, _lookup) = (self, address, sessions, context, lookup);
        (_views, _links, _finder, _commands) = (views, links, finder, commands);
        (_acquaintances, _changes) = (acquaintances, changes);
    }

    private DateTimeOffset Now => _context.TimeProvider.GetUtcNow();

    /// <summary>The links that this peer has made to a room, newest first. Those that ended are listed, too.</summary>
    /// <exception cref="PeerException">There is no such room. The same for all that follow.</exception>
    public IReadOnlyList<RoomLinkView> List(string room) => _commands.Read<IReadOnlyList<RoomLinkView>>(room, host =>
        {
            var people = _views.People;
            return [.. host.Machine.Invites.All.Reverse().Select(invite => View(host, invite, people))];
        });

    /// <summary>Makes a link.</summary>
    /// <param name="uses">How many people can join by it: 1 to <see cref="RoomInvites.MaxUses"/>.</param>
    /// <param name="hours">How long it is valid: 1 to <see cref="RoomInvites.MaxHours"/>.</param>
    /// <param name="idempotencyKey">A second call with the same key returns the first call's link.</param>
    /// <exception cref="PeerException">
    /// A value is out of range, there are too many open links, or this user may not invite.
    /// </exception>
    public async Task<RoomLinkView> CreateAsync(string room, int uses, int hours, string? idempotencyKey = null)
    {
        if (uses is < 1 or > RoomInvites.MaxUses || hours is < 1 or > RoomInvites.MaxHours)
        {
            throw RoomRefusals.BadLink();
        }

        _address.ThrowIfImpossible();
        var link = await _commands.RunAsync(work =>
        {
            var host = work.Touch(_finder.Find(room));
            if (host.Standing != RoomStanding.Joined)
            {
                throw RoomRefusals.NotInRoom();
            }

            RoomCommands.ThrowIfBehind(host);
            if (host.Machine.State.RankOf(host.Self) < RoomRole.Moderator)
            {
                throw RoomRefusals.NoLinks();
            }

            var made = FindMade(host, idempotencyKey, uses, hours) ?? Make(host, uses, hours);
            if (idempotencyKey is not null)
            {
                // If the link is not saved, the room is read again, and has no keys.
                host.LinkKeys.Remember(idempotencyKey, (uses, hours, made.Secret.Id));
            }

            return View(host, made, _views.People);
        });
        _changes.Publish();
        return link;
    }

    /// <summary>Revokes a link. Those who have joined by it stay members.</summary>
    /// <param name="id">Its eight characters, in either case.</param>
    /// <exception cref="PeerException">There is no such link.</exception>
    public async Task RevokeAsync(string room, string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        _ = await _commands.RunAsync(work =>
        {
            var invites = work.Touch(_finder.Find(room)).Machine.Invites;
            var found = invites.All.FirstOrDefault(invite =>
                IdOf(invite).Equals(id.Trim(), StringComparison.OrdinalIgnoreCase)
            );
            return found is not null && invites.Revoke(found.Secret.Id.Span)
                ? true
                : throw RoomRefusals.UnknownLink(SafeText.Show(id));
        });
        _changes.Publish();
    }

    /// <summary>
    /// Asks the moderator who made a link to be invited, and joins once that is done. The two do not become contacts.
    /// While the moderator's peer is away, this one waits, also across restarts.
    /// </summary>
    /// <exception cref="PeerException">
    /// This peer is a member, is in too many rooms, or has another key under the moderator's name; or the moderator is
    /// blocked.
    /// </exception>
    internal async Task<JoinOutcome> JoinAsync(InviteLink link, RoomEventId room, CancellationToken cancellationToken)
    {
        ThrowIfWrong(link);
        var isOnline = await IsOnlineAsync(link, cancellationToken);
        var request = new RoomLinkRequest(link.Key, link.Inviter, link.Secret, Now);
        // A room to which the user is invited already is joined at once.
        var standing = await _commands.RunAsync(work =>
        {
            var host = _links.Begin(room, request, work);
            _links.Advance(work);
            return host.Standing;
        });
        _acquaintances.Extend();
        if (standing == RoomStanding.Waiting)
        {
            _sessions.Use(link.Key, session => session.Dial.AcceptMember(link.Inviter));
            _context.Reconnect.Wanted(link.Inviter, link.Key);
        }

        _changes.Publish();
        return standing == RoomStanding.Joined ? JoinOutcome.Connected
            : isOnline ? JoinOutcome.Connecting
            : JoinOutcome.Waiting;
    }

    /// <summary>
    /// Whether this peer is or was in a room, asks to be invited to it, or has asked and was refused or has given up.
    /// </summary>
    internal bool IsKnown(RoomEventId room) => _commands.IsKnown(room);

    private static RoomInvite? FindMade(RoomHost host, string? idempotencyKey, int uses, int hours) =>
        idempotencyKey is null || !host.LinkKeys.TryGet(idempotencyKey, out var earlier) ? null
        : (earlier.Uses, earlier.Hours) == (uses, hours) ? host.Machine.Invites.Find(earlier.Id.Span)
        : throw RoomRefusals.LinkKeyReused();

    private RoomInvite Make(RoomHost host, int uses, int hours)
    {
        var now = Now;
        return host.Machine.Invites.Add(InviteSecret.New(), uses, now.AddHours(hours), now)
            ?? throw RoomRefusals.TooManyLinks();
    }

    private void ThrowIfWrong(InviteLink link)
    {
        var (name, key) = (link.Inviter, link.Key);
        if (_context.Contacts.IsBlocked(name, key))
        {
            throw new PeerException(PeerError.Blocked, $"{name} is blocked. Unblock {name} first.");
        }

        if (_context.Contacts.Check(name, key) == PinCheck.Changed)
        {
            _context.Contacts.NoteOtherKey(name, key);
            throw new PeerException(PeerError.KeyChanged, KeyWarning.For(name, key)) { OtherKey = key };
        }

        if (_sessions.Find(name) is { } holder && holder.Remote != key)
        {
            throw new PeerException(
                PeerError.KeyChanged,
                $"This peer knows another {name}, whose key is not that of the link. Ask {name} for a new link in "
                    + "another way."
            );
        }
    }

    private async Task<bool> IsOnlineAsync(InviteLink link, CancellationToken cancellationToken)
    {
        if (_sessions.FindInMemory(link.Key)?.Rooms.IsConnected == true)
        {
            return true;
        }

        try
        {
            var found = await _lookup.FindAsync(link.Inviter, cancellationToken);
            return found.PeerId == link.Key
                ? found.Online
                : throw new PeerException(PeerError.InviterKeyChanged, InviterKeyWarning.For(link.Inviter));
        }
        catch (PeerException exception)
            when (exception.Error is PeerError.PeerOffline or PeerError.UnknownPeer or PeerError.DirectoryUnavailable)
        {
            return false;
        }
    }

    private RoomLinkView View(RoomHost host, RoomInvite invite, RoomPeople people)
    {
        var state = invite.StateAt(Now);
        var link =
            state == RoomInviteState.Open ? _address.LinkOf(_self.Name, _self.PeerId, invite.Secret, host.Id) : null;
        return new RoomLinkView(
            IdOf(invite),
            state,
            link,
            invite.Uses,
            [.. invite.UsedBy.Select(key => people.Of(host, key))],
            invite.CreatedAt,
            invite.NotAfter,
            link is not null && LocalNetwork.IsOnlyHost(link.Directory)
        );
    }

    private static string IdOf(RoomInvite invite) => InviteSecret.ShortIdOf(invite.Secret.Id.Span);
}
