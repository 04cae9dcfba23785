using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Decides on the other peer's requests, and owns the slot of <see cref="RequestPolicy"/> that a waiting request takes.
/// Guarded by the session's lock.
/// </summary>
internal sealed class IncomingRequests(SessionHost host)
{
    private readonly SessionContext _context = host.Context;
    private bool _hasSlot;
    private bool _isBlocked;

    /// <summary>The invite by which the other peer was accepted; null if by the user or as a contact.</summary>
    internal Invite? UsedInvite { get; set; }

    /// <summary>
    /// Why the invite of the waiting request does not count; null if it has none. Read without the lock.
    /// </summary>
    public InviteValidity? RefusedInvite { get; private set; }

    /// <returns>False if there is no request.</returns>
    public bool Accept()
    {
        lock (host.StateLock)
        {
            var found = host.Machine.Accept();
            host.Drain();
            return found;
        }
    }

    /// <returns>False if there is no request.</returns>
    public bool Reject()
    {
        lock (host.StateLock)
        {
            var found = host.Machine.Reject(RejectReason.Declined);
            if (found)
            {
                _context.Policy.OnRejected(host.Remote);
            }

            host.Drain();
            return found;
        }
    }

    internal void OnArrived(Username name, bool isKnown, Request request)
    {
        if (request.ForRooms)
        {
            OnArrivedForRooms(name, request);
            return;
        }

        // An automatic reconnection does not change which side requested the connection.
        if (!isKnown || host.Contact.IsPaused)
        {
            host.Contact.SetTheyAsked(true);
        }

        _isBlocked = _context.Contacts.IsBlocked(name, host.Remote);
        // A contact needs no invite, and a block is above any invite.
        var invite = isKnown || _isBlocked ? default : CheckInvite(name, request);
        if (invite is { Result: InviteResult.Valid, Invite: { } used })
        {
            UsedInvite = used;
            _ = host.Machine.Accept(used.Secret.Id);
            return;
        }

        // Like two requests that cross on links.
        if (!_isBlocked && _context.MailRequests.TryFindSent(host.Remote)?.Name == name)
        {
            _ = host.Machine.Accept();
            return;
        }

        isKnown |= _context.Contacts.IsKnown(name, host.Remote);
        switch (_context.Policy.Decide(host.Remote, isKnown, _isBlocked))
        {
            case RequestDecision.Accept:
                _ = host.Machine.Accept();
                break;
            case RequestDecision.Reject:
                _context.Metrics.Handshake(isOutbound: false, "rejected");
                _ = host.Machine.Reject(RejectReason.Declined);
                break;
            case RequestDecision.Busy:
                _context.Metrics.Handshake(isOutbound: false, "busy");
                _ = host.Machine.Reject(RejectReason.Busy);
                break;
            case RequestDecision.Prompt:
                _hasSlot = true;
                RefusedInvite = Report(invite.Result);
                host.Publish(new PeerEvent.Request(name, host.Remote) { RefusedInvite = RefusedInvite });
                break;
            case RequestDecision.HoldSilently:
                _hasSlot = true;
                break;
        }
    }

    // A contact's is accepted as well: the other side has removed it, or has lost it, and asks only for the room. One
    // that is no member any more may have to be told so.
    private void OnArrivedForRooms(Username name, Request request)
    {
        if (_context.Policy.AcceptsNobody || _context.Contacts.IsBlocked(name, host.Remote))
        {
            // As if busy: a block is not told.
            _ = host.Machine.RejectForRooms();
        }
        else if (host.Machine.IsForRooms || _context.RoomMembers.All.Contains(host.Remote))
        {
            _ = host.Machine.AcceptForRooms();
        }
        // The request waits until the room has decided.
        else if (
            request.InviteId.IsEmpty
            || !_context.Rooms.LinkAsked(host.Remote, request.InviteId.Memory, request.InviteProof.Memory)
        )
        {
            // This peer may only not know of the join yet.
            _ = host.Machine.RejectForRooms();
        }
    }

    /// <summary>Returns the used invite once.</summary>
    internal Invite? TakeUsedInvite()
    {
        var used = UsedInvite;
        UsedInvite = null;
        return used;
    }

    internal void OnWithdrawn()
    {
        if (!_hasSlot)
        {
            return;
        }

        ReleaseSlot();
        if (!_isBlocked)
        {
            host.Publish(new PeerEvent.RequestWithdrawn(host.Machine.RemoteName!.Value));
        }
    }

    /// <summary>Releases the slot if the request has been answered.</summary>
    internal void OnDrained()
    {
        if (_hasSlot && !host.Machine.HasReceivedRequest && !host.Commits.HasOutputs)
        {
            ReleaseSlot();
        }
    }

    /// <summary>Gives back the use of an invite if the store does not have it.</summary>
    internal void OnStoreFailed()
    {
        ReleaseSlot();
        if (UsedInvite is not null)
        {
            _ = Task.Run(GiveBackUse);
        }
    }

    private void GiveBackUse()
    {
        try
        {
            _context.Invites.Release(host.Remote);
        }
        catch (StoreException exception)
        {
            _context.ContactStateLog.Failed(exception);
        }
    }

    private InviteCheck CheckInvite(Username name, Request request)
    {
        var check = _context.Invites.Check(request.InviteId.Span, request.InviteProof.Span, host.Remote, name);
        return
            check is { Result: InviteResult.Valid, Invite: { } invite }
            && (HasJoinedBy(invite) || !_context.Invites.TryUse(invite, host.Remote, name))
            ? new InviteCheck(InviteResult.Used, invite)
            : check;
    }

    // A former contact, because a contact's invite is not checked. The user removed it, and decides again.
    private bool HasJoinedBy(Invite invite) => invite.Joined.Any(use => use.Key == host.Remote);

    // Only while the request waits for the user, so that an invite does not reveal other decisions.
    private InviteValidity? Report(InviteResult result)
    {
        (InviteState State, InviteValidity Validity)? refused = result switch
        {
            InviteResult.Used => (InviteState.Used, InviteValidity.Used),
            InviteResult.Revoked => (InviteState.Revoked, InviteValidity.Revoked),
            InviteResult.Expired => (InviteState.Expired, InviteValidity.Expired),
            _ => null,
        };
        if (refused is { } reason)
        {
            host.Machine.ReportInvite(reason.State);
        }

        return refused?.Validity;
    }

    internal void ReleaseSlot()
    {
        if (_hasSlot)
        {
            _hasSlot = false;
            _context.Policy.ReleaseSlot();
        }
    }
}
