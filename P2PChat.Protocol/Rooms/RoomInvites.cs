using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Protocol.Rooms;

/// <summary>The invite links that this peer has made to a room (docs/protocol.md, section 25.10).</summary>
public sealed class RoomInvites
{
    /// <summary>Open links of one room.</summary>
    public const int MaxOpen = 16;

    /// <summary>The most uses of one link.</summary>
    public const int MaxUses = RoomLimits.Members;

    /// <summary>The longest lifetime of a link, in hours.</summary>
    public const int MaxHours = 90 * 24;

    private const int MaxKept = 4 * MaxOpen;

    // The user can see what became of a link, and its holder can be told, until this long after its date.
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    private readonly PeerId _self;
    private readonly RoomLog _log;
    private readonly Func<PeerId, bool> _isBlocked;
    private readonly Func<PeerId, RoomRefusal?> _invite;
    private readonly Action<RoomEffect> _emit;
    private readonly List<RoomInvite> _all;

    internal RoomInvites(
        PeerId self,
        RoomLog log,
        IReadOnlyList<RoomInvite> stored,
        Func<PeerId, bool> isBlocked,
        Func<PeerId, RoomRefusal?> invite,
        Action<RoomEffect> emit
    )
    {
        (_self, _log, _all) = (self, log, [.. stored.OrderBy(one => one.CreatedAt)]);
        (_isBlocked, _invite, _emit) = (isBlocked, invite, emit);
    }

    /// <summary>All links, oldest first, also those that have ended.</summary>
    public IReadOnlyList<RoomInvite> All => _all;

    /// <summary>Makes a link.</summary>
    /// <returns>Null if there are too many open ones, or if this peer may not invite.</returns>
    public RoomInvite? Add(InviteSecret secret, int uses, DateTimeOffset notAfter, DateTimeOffset now)
    {
        if (
            _log.State.RankOf(_self) < RoomRole.Moderator
            || uses is < 1 or > MaxUses
            || _all.Count(one => one.StateAt(now) == RoomInviteState.Open) >= MaxOpen
        )
        {
            return null;
        }

        Forget(now);
        var invite = new RoomInvite(secret, uses, now, notAfter);
        _all.Add(invite);
        Store(invite);
        return invite;
    }

    /// <summary>The link with this id; null if there is none.</summary>
    public RoomInvite? Find(ReadOnlySpan<byte> id)
    {
        foreach (var invite in _all)
        {
            if (id.SequenceEqual(invite.Secret.Id.Span))
            {
                return invite;
            }
        }

        return null;
    }

    /// <summary>Ends a link before its time. Those who were invited by it stay so.</summary>
    /// <returns>False if there is no such link.</returns>
    public bool Revoke(ReadOnlySpan<byte> id)
    {
        if (Find(id) is not { } invite)
        {
            return false;
        }

        if (!invite.IsRevoked)
        {
            Replace(invite, invite with { IsRevoked = true });
        }

        return true;
    }

    /// <summary>Whether this is a peer's proof that it has the secret of a link.</summary>
    public bool IsProof(PeerId from, ReadOnlySpan<byte> id, ReadOnlySpan<byte> proof) =>
        Find(id) is { } invite && RoomInviteProof.Verify(proof, invite.Secret, _log.Room, _self, from);

    /// <summary>A peer shows the proof that it has the secret of a link.</summary>
    /// <returns>Null if this peer has signed the invite for that key, now or before.</returns>
    public RoomInviteRefusal? Request(PeerId from, ReadOnlySpan<byte> id, ReadOnlySpan<byte> proof, DateTimeOffset now)
    {
        if (!IsProof(from, id, proof) || Find(id) is not { } invite)
        {
            return RoomInviteRefusal.Unknown;
        }

        if (_isBlocked(from))
        {
            return RoomInviteRefusal.Blocked;
        }

        // It asks again, because it has not heard of the invite yet.
        return _log.State.Members.ContainsKey(from) ? null : RefusalOf(invite, from, now) ?? Use(invite, from);
    }

    private RoomInviteRefusal? RefusalOf(RoomInvite invite, PeerId from, DateTimeOffset now) =>
        invite.StateAt(now) switch
        {
            RoomInviteState.Revoked => RoomInviteRefusal.Revoked,
            RoomInviteState.Expired => RoomInviteRefusal.Expired,
            RoomInviteState.Used when !invite.UsedBy.Contains(from) => RoomInviteRefusal.Used,
            _ when _log.State.RankOf(_self) < RoomRole.Moderator => RoomInviteRefusal.NotAllowed,
            // The proof is the same each time, so a removed member could come back by the link.
            _ when _log.Membership.WasRemoved(from) => RoomInviteRefusal.Removed,
            _ when _log.State.Members.Count >= RoomLimits.Members => RoomInviteRefusal.RoomFull,
            _ => null,
        };

    private RoomInviteRefusal? Use(RoomInvite invite, PeerId from)
    {
        // Stored first, so that a crash does not give the link one more use. A peer that left and returns spends none.
        var used = invite.UsedBy.Contains(from) ? invite : invite with { UsedBy = [.. invite.UsedBy, from] };
        if (used != invite)
        {
            Replace(invite, used);
        }

        if (_invite(from) is null)
        {
            return null;
        }

        if (used != invite)
        {
            Replace(used, invite);
        }

        return RoomInviteRefusal.NotAllowed;
    }

    private void Forget(DateTimeOffset now)
    {
        var old = _all.Where(one => one.NotAfter + KeptFor < now).ToList();
        old.AddRange(
            _all.Except(old)
                .Where(one => one.StateAt(now) != RoomInviteState.Open)
                .Take(_all.Count - old.Count - MaxKept + 1)
        );
        foreach (var invite in old)
        {
            _ = _all.Remove(invite);
            _emit(new RoomEffect.Store(new RoomChange.LinkForgotten(invite.Secret.Id)));
        }
    }

    private void Replace(RoomInvite invite, RoomInvite changed)
    {
        _all[_all.IndexOf(invite)] = changed;
        Store(changed);
    }

    private void Store(RoomInvite invite) => _emit(new RoomEffect.Store(new RoomChange.LinkChanged(invite)));
}
