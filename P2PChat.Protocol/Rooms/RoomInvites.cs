using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Protocol.Rooms;

/// <summary>The invite links that this peer has made to a room.</summary>
internal sealed class RoomInvites
{
    /// <summary>Links of one room.</summary>
    private const int Max = 16;

    private readonly PeerId _self;
    private readonly RoomEventId _room;
    private readonly Action<RoomEffect> _emit;
    private readonly List<RoomInvite> _invites;

    public RoomInvites(PeerId self, RoomEventId room, IReadOnlyList<RoomInvite> invites, Action<RoomEffect> emit) =>
        (_self, _room, _invites, _emit) = (self, room, [.. invites], emit);

    /// <param name="now">Links that have expired by then count no longer.</param>
    /// <returns>False if there are too many.</returns>
    public bool Add(InviteSecret secret, int uses, DateTimeOffset notAfter, DateTimeOffset now)
    {
        _ = _invites.RemoveAll(invite => invite.UsesLeft == 0 || invite.NotAfter < now);
        if (_invites.Count >= Max || uses <= 0)
        {
            return false;
        }

        Change(new RoomInvite(secret.Bytes.ToArray(), uses, notAfter));
        return true;
    }

    /// <returns>The invite whose secret the peer has; null if there is none that counts.</returns>
    public RoomInvite? Find(PeerId from, ReadOnlySpan<byte> id, ReadOnlySpan<byte> proof, DateTimeOffset now)
    {
        foreach (var invite in _invites.Where(invite => invite.UsesLeft > 0 && now <= invite.NotAfter))
        {
            var secret = new InviteSecret(invite.Secret.Span);
            if (id.SequenceEqual(secret.Id.Span))
            {
                return RoomInviteProof.Verify(proof, secret, _room, _self, from) ? invite : null;
            }
        }

        return null;
    }

    /// <returns>False if there is no such link.</returns>
    public bool Revoke(ReadOnlySpan<byte> id)
    {
        foreach (var invite in _invites)
        {
            if (invite.UsesLeft > 0 && id.SequenceEqual(new InviteSecret(invite.Secret.Span).Id.Span))
            {
                _ = _invites.Remove(invite);
                Change(invite with { UsesLeft = 0 });
                return true;
            }
        }

        return false;
    }

    /// <returns>What is left of it.</returns>
    public RoomInvite Use(RoomInvite invite) => Replace(invite, invite with { UsesLeft = invite.UsesLeft - 1 });

    /// <summary>Takes back one use, which led to nothing.</summary>
    public void GiveBack(RoomInvite used) => Replace(used, used with { UsesLeft = used.UsesLeft + 1 });

    private RoomInvite Replace(RoomInvite invite, RoomInvite changed)
    {
        _ = _invites.Remove(invite);
        Change(changed);
        return changed;
    }

    private void Change(RoomInvite invite)
    {
        _invites.Add(invite);
        _emit(new RoomEffect.Store(new RoomChange.LinkChanged(invite)));
    }
}
