using P2PChat.Node.Model;
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

    internal void OnArrived(Username name, bool isKnown)
    {
        // An automatic reconnection does not change which side requested the connection.
        if (!isKnown || host.Contact.IsPaused)
        {
            host.Contact.SetTheyAsked(true);
        }

        isKnown |= _context.Contacts.IsKnown(name, host.Remote);
        _isBlocked = _context.Contacts.IsBlocked(name, host.Remote);
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
                host.Publish(new PeerEvent.Request(name, host.Remote));
                break;
            case RequestDecision.HoldSilently:
                _hasSlot = true;
                break;
        }
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

    internal void ReleaseSlot()
    {
        if (_hasSlot)
        {
            _hasSlot = false;
            _context.Policy.ReleaseSlot();
        }
    }
}
