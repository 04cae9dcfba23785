using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Invite links to rooms: answers those who have one of this peer's links, and follows the links that this peer has.
/// Expects <see cref="RoomBook.Gate"/> to be held.
/// </summary>
internal sealed class RoomLinks(RoomBook book, SessionContext context)
{
    // Links end by the wall clock, because they outlive this process.
    private DateTimeOffset Now => context.TimeProvider.GetUtcNow();

    /// <summary>A peer that does not know this one asks to connect, with the proof of a link.</summary>
    public void Answer(RoomInput.LinkAsked asked, RoomWork work) =>
        work.LinkAnswers.Add((asked.From, Decide(asked.From, asked.InviteId, asked.Proof, work)));

    /// <summary>A peer shows the proof of a link on an open connection.</summary>
    public void Answer(PeerId from, RoomSignal.LinkProof shown, RoomWork work)
    {
        if (
            Decide(from, shown.InviteId, shown.Proof, work) is { } refusal
            && RoomInviteRefusals.StateOf(refusal) is { } state
        )
        {
            work.Signals.Add((from, new RoomSignal.LinkStatus(shown.Room, shown.InviteId, state)));
        }
    }

    /// <summary>Revokes all links, because an older copy of this peer may not know of every use.</summary>
    public void RevokeAll(RoomWork work)
    {
        book.All.ToList().ForEach(room => Revoke(room, work));
        work.Unrepeated.UnionWith(book.Unread.Select(id => new RoomInput.RevocationDue(id)));
    }

    /// <summary>
    /// Revokes the links of a room that could not be read before. Repeat this while it still cannot be read.
    /// </summary>
    public void Revoke(RoomInput.RevocationDue due, RoomWork work)
    {
        _ = work.Unrepeated.Add(due);
        if (book.Find(due.Room) is { } room)
        {
            Revoke(room, work);
        }
    }

    /// <summary>Asks to be invited to a room.</summary>
    /// <exception cref="PeerException">This peer is a member, or is in too many rooms.</exception>
    public RoomHost Begin(RoomEventId id, RoomLinkRequest request, RoomWork work)
    {
        if (book.Find(id) is { Standing: RoomStanding.Joined } joined)
        {
            throw RoomRefusals.AlreadyIn(RoomViews.NameOf(joined));
        }

        if (!book.MayJoin(id))
        {
            throw RoomRefusals.TooManyRooms();
        }

        var room = book.Find(id)
            ?? book.Await(id, request, work.Batch)
            ?? throw RoomRefusals.TooManyInvitations(request.Name.Value);
        room.Request = request;
        work.Batch.SetRequest(id, request);
        work.Touch(room);
        Show(room, work);
        return room;
    }

    /// <summary>Shows the proofs of links to a moderator to whom a connection has opened.</summary>
    public void Show(PeerId moderator, RoomWork work)
    {
        foreach (var room in book.All.Where(room => room.Request?.Moderator == moderator))
        {
            Show(room, work);
        }
    }

    /// <summary>
    /// Shows all proofs once more, because one that was shown may have been lost. Gives up what has waited too long.
    /// </summary>
    public void Tick(RoomWork work)
    {
        foreach (var room in book.All.Where(room => room.Request is not null).ToList())
        {
            if (room.Request!.At + RoomQuota.InvitationAge < Now)
            {
                GiveUp(room, work);
            }
            else
            {
                Show(room, work);
            }
        }
    }

    /// <summary>The moderator's peer has refused a link.</summary>
    public void OnRefused(PeerId from, ReadOnlyMemory<byte> inviteId, InviteState state, RoomWork work)
    {
        var waiting = book.All.FirstOrDefault(room =>
            room is { Standing: RoomStanding.Waiting, Request: { } request }
            && request.Moderator == from
            && request.Secret.Id.Span.SequenceEqual(inviteId.Span)
        );
        if (waiting is { Request: { } asked } && RoomInviteRefusals.Of(state) is { } reason)
        {
            work.Events.Add(new PeerEvent.RoomLinkRefused(RoomViews.RefOf(waiting), asked.Name, reason));
            GiveUp(waiting, work);
        }
    }

    /// <summary>Asks no longer. A room in which this peer has never been is deleted.</summary>
    public void GiveUp(RoomHost room, RoomWork work)
    {
        Forget(work.Touch(room), work);
        if (!room.Machine.HasJoinedBefore)
        {
            book.Delete(room, work.Batch);
        }
    }

    /// <summary>Joins the rooms to which this peer has been invited by its links.</summary>
    public void Advance(RoomWork work)
    {
        // A restored room may lack its own join, which must not be written twice.
        foreach (var room in work.Touched.Where(room => room is { Request: not null, IsBehind: false }))
        {
            if (room.Standing == RoomStanding.Invited && book.MayJoin(room.Id))
            {
                if (room.Machine.Join(context.Self.Value) is null)
                {
                    book.Join(room.Id);
                    work.Events.Add(new PeerEvent.RoomLinkAccepted(RoomViews.RefOf(room)));
                }
            }

            // Otherwise the invitation waits for the user.
            if (room.Standing != RoomStanding.Waiting)
            {
                Forget(room, work);
            }
        }
    }

    private RoomInviteRefusal? Decide(
        PeerId from,
        ReadOnlyMemory<byte> inviteId,
        ReadOnlyMemory<byte> proof,
        RoomWork work
    )
    {
        if (book.All.FirstOrDefault(one => one.Machine.Invites.Find(inviteId.Span) is not null) is not { } room)
        {
            // A refusal is final for the other side, so it must not come from a room that cannot be read now.
            return book.IsComplete ? RoomInviteRefusal.Unknown : RoomInviteRefusal.NotNow;
        }

        // Whether a link has ended is known all the same.
        if (room.IsBehind && room.Machine.Invites.Find(inviteId.Span)!.StateAt(Now) == RoomInviteState.Open)
        {
            return RoomInviteRefusal.NotNow;
        }

        if (
            !RoomQuota.MayInvite(room)
            && !room.Machine.State.Members.ContainsKey(from)
            && room.Machine.Invites.IsProof(from, inviteId.Span, proof.Span)
        )
        {
            return RoomInviteRefusal.RoomFull;
        }

        var refusal = work.Touch(room).Machine.Invites.Request(from, inviteId.Span, proof.Span, Now);
        if (refusal is null)
        {
            // It may have been invited before, and not have heard of it.
            room.Machine.Reachable(from, Now);
        }

        return refusal;
    }

    private static void Revoke(RoomHost room, RoomWork work)
    {
        foreach (var link in work.Touch(room).Machine.Invites.All.ToList())
        {
            _ = room.Machine.Invites.Revoke(link.Secret.Id.Span);
        }
    }

    private static void Show(RoomHost room, RoomWork work)
    {
        if (room is { Standing: RoomStanding.Waiting, Request: { } request })
        {
            work.Signals.Add((request.Moderator, request.ProofFor(room.Id, room.Self)));
        }
    }

    /// <summary>Asks no longer, and keeps the room.</summary>
    public static void Forget(RoomHost room, RoomWork work)
    {
        room.Request = null;
        work.HasFewerRequests = true;
        work.Batch.RemoveRequest(room.Id);
    }
}
