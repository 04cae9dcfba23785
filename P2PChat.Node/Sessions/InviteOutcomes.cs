using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Records what became of an invite between this peer and one other, in either direction. Guarded by the session's
/// lock.
/// </summary>
internal sealed class InviteOutcomes(SessionHost host)
{
    private readonly SessionContext _context = host.Context;

    /// <summary>Pins the key of a connected peer, with the mark of the invite that it used.</summary>
    internal void Remember(Username name)
    {
        var used = host.Requests.UsedInvite;
        _context.Contacts.Remember(
            name,
            host.Remote,
            // Several people may have the link of an invite with several uses.
            used is { Uses: 1 }
                ? VerifiedBy.Invite
                : VerifiedBy.None,
            joinedByInvite: used is not null
        );
    }

    /// <summary>The two have become contacts without a link.</summary>
    internal void OnAcceptedByMail(SessionEffect.AcceptedByMail accepted)
    {
        _context.MailRequests.Forget(host.Remote);
        Remember(accepted.Name);
        _context.Reconnect.Wanted(accepted.Name, host.Remote);
        // One that joins is told when the inviter has accepted.
        if (!TryPublishUsed(accepted.Name) && accepted.Introduction != MailIntroduction.Request)
        {
            host.Publish(
                new PeerEvent.ContactAdded(accepted.Name, ByThem: accepted.Introduction == MailIntroduction.None)
            );
        }
    }

    /// <summary>The inviter has accepted by mail, or asks this peer in turn.</summary>
    internal void OnConfirmedByMail(Username name)
    {
        host.Publish(new PeerEvent.ContactAdded(name, ByThem: true));
        BeginConfirm();
    }

    internal void OnConnected(Username name)
    {
        _context.MailRequests.Forget(host.Remote);
        _ = TryPublishUsed(name);
        BeginConfirm();
    }

    private bool TryPublishUsed(Username name)
    {
        if (host.Requests.TakeUsedInvite() is not { } used)
        {
            return false;
        }

        host.Publish(new PeerEvent.InviteUsed(name, host.Remote, used.ShortId));
        return true;
    }

    private void BeginConfirm()
    {
        if (_context.Joined.IsPending(host.Remote))
        {
            _ = Task.Run(() => TryAsync(() => _context.Joined.ConfirmAsync(host.Remote)));
        }
    }

    /// <summary>The request waits for the inviter's user, like any other: it is not repeated automatically.</summary>
    internal void OnRefused(Username inviter, InviteState state)
    {
        host.Contact.SetPaused(true);
        host.Publish(
            new PeerEvent.InviteRefused(
                inviter,
                state switch
                {
                    InviteState.Used => InviteValidity.Used,
                    InviteState.Revoked => InviteValidity.Revoked,
                    _ => InviteValidity.Expired,
                }
            )
        );
    }

    /// <summary>
    /// Voids this peer's open invites and links to rooms, because an older copy may not know of every use.
    /// </summary>
    internal void BeginVoid()
    {
        _context.Rooms.OlderCopyDetected();
        _ = Task.Run(() => TryAsync(_context.Invites.VoidOpenAsync));
    }

    private async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (StoreException exception)
        {
            _context.ContactStateLog.Failed(exception);
        }
    }
}
