using System.Diagnostics;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Sessions;

/// <summary>
/// This peer's own attempt to connect: owns the dial in progress and whether the user asked for it. Guarded by the
/// session's lock.
/// </summary>
internal sealed class OutboundDial(SessionHost host)
{
    private readonly SessionContext _context = host.Context;
    private CancellationTokenSource? _dial;
    private bool _isQuiet;
    private bool _isForRooms;

    /// <summary>Whether a dial is in progress that has attached no link yet.</summary>
    internal bool IsInProgress => _dial is not null;

    /// <summary>Connects if no dial is needed.</summary>
    /// <returns>The outcome; null if the caller must look the peer up and call <see cref="Begin"/>.</returns>
    public ConnectOutcome? TryConnectWithoutDial(Username name)
    {
        lock (host.StateLock)
        {
            var isConnected = host.Machine is { IsConnected: true, IsForRooms: false };
            var hasAsked = host.Machine.HasSentRequest && !_isForRooms;
            if (!isConnected && !host.Machine.HasReceivedRequest && !hasAsked)
            {
                return null;
            }

            var outcome = host.Machine.BeginConnect(name);
            // An automatic attempt becomes the user's.
            if (outcome == ConnectOutcome.AlreadyRequested && _isQuiet)
            {
                (_isQuiet, outcome) = (false, ConnectOutcome.Dial);
            }

            host.Drain();
            return outcome;
        }
    }

    /// <summary>Begins to connect. On <see cref="ConnectOutcome.Dial"/> the caller dials.</summary>
    /// <param name="isEphemeral">Whether the other peer's key lasts only as long as its process.</param>
    /// <param name="span">Ends with the outcome, if a dial is needed.</param>
    /// <param name="dial">Cancelled when the dial is no longer wanted, perhaps after its end.</param>
    /// <param name="isQuiet">Whether the attempt is automatic, so that its failure is not published.</param>
    /// <returns>Null if this session is retired and the caller must use another.</returns>
    public ConnectOutcome? Begin(
        Username name,
        bool isEphemeral,
        Activity? span,
        CancellationTokenSource dial,
        bool isQuiet = false
    )
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return null;
            }

            var isForRooms = host.Machine.IsForRooms && isQuiet;
            var request = isForRooms
                ? _context.RoomMembers.RequestTo(host.Remote)
                : _context.Joined.RequestFor(host.Remote);
            var outcome = host.Machine.BeginConnect(name, request);
            if (outcome == ConnectOutcome.Dial)
            {
                // The attempt for a room gives way to that of the user.
                Cancel();
                host.Contact.IsEphemeral = isEphemeral;
                host.Spans.Connecting(span);
                (_dial, _isQuiet, _isForRooms) = (dial, isQuiet, isForRooms);
                if (!isQuiet)
                {
                    host.Contact.SetTheyAsked(false);
                }
            }

            host.Drain();
            return outcome;
        }
    }

    /// <summary>
    /// Makes an inviter a contact before it has answered, so that messages queue and the link is tried again and again.
    /// </summary>
    /// <returns>
    /// False if the peer is connected under another name; null if this session is retired and the caller must use
    /// another.
    /// </returns>
    public bool? TryAcceptInviter(Username name)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return null;
            }

            // Without the secret the inviter has accepted before. A contact's own grant is better than the capability
            // of an invite, which may be revoked or forged.
            var isGranted = host.Machine.IsContact && host.Capabilities.HasMailbox;
            var isContact =
                !isGranted && _context.Joined.Find(host.Remote)?.Secret is { } secret
                    ? host.Machine.AcceptByMail(name, MailIntroduction.Request, secret.MailCapability)
                    : host.Machine.AcceptInviter(name);
            if (!isContact)
            {
                return false;
            }

            host.Contact.SetPaused(false);
            host.Contact.SetTheyAsked(false);
            host.Drain();
            if (!host.Machine.IsConnected)
            {
                _context.Reconnect.Wanted(name, host.Remote);
            }

            return true;
        }
    }

    /// <summary>
    /// Accepts a member of the same room as an acquaintance, so that events queue and the link is tried again and
    /// again. A contact stays one.
    /// </summary>
    /// <returns>False if this session is retired and the caller must use another.</returns>
    public bool AcceptMember(Username name)
    {
        lock (host.StateLock)
        {
            // A request in either direction decides first whether the two become contacts.
            if (
                !host.Lifecycle.IsRetired
                && !host.Machine.HasSentRequest
                && !host.Machine.HasReceivedRequest
                && host.Machine.AcceptMember(name)
            )
            {
                host.Contact.SetPaused(false);
                host.Drain();
                _context.Reconnect.Wanted(name, host.Remote);
            }

            return !host.Lifecycle.IsRetired;
        }
    }

    /// <summary>Whether this dial is in progress. It may end at any time.</summary>
    public bool IsCurrent(CancellationTokenSource dial)
    {
        lock (host.StateLock)
        {
            return _dial == dial;
        }
    }

    /// <summary>Adds the link that the dial produced.</summary>
    /// <param name="makeLink">Called if the link is still wanted.</param>
    /// <returns>False if the link is no longer wanted.</returns>
    public bool TryAttach(CancellationTokenSource dial, Func<Link> makeLink)
    {
        lock (host.StateLock)
        {
            if (!TryEnd(dial) || !host.Machine.HasSentRequest)
            {
                return false;
            }

            // Another key may have taken the name since the lookup.
            if (!host.NameClaim.TryHold(host.Machine.RemoteName!.Value))
            {
                EndAttempt(DisconnectReason.NameHeldByAnother);
                return false;
            }

            host.Links.Attach(makeLink());
            return true;
        }
    }

    /// <summary>
    /// Ends a dial without a failure. If it has attached no link, the request depends on the links of the other side's
    /// search.
    /// </summary>
    public void End(CancellationTokenSource dial)
    {
        lock (host.StateLock)
        {
            if (TryEnd(dial) && host.Machine.HasSentRequest)
            {
                host.Machine.DialEnded();
                host.Drain();
            }
        }
    }

    /// <summary>Ends a dial that has failed. A link that the other side has found may still connect.</summary>
    public void Fail(CancellationTokenSource dial, DisconnectReason reason)
    {
        lock (host.StateLock)
        {
            if (!TryEnd(dial) || !host.Machine.HasSentRequest)
            {
                return;
            }

            if (host.Machine.HasPendingLink)
            {
                host.Machine.DialEnded();
                host.Drain();
            }
            else
            {
                EndAttempt(reason);
            }
        }
    }

    internal void Cancel()
    {
        // Not synchronously: the dial's continuations would run under this lock.
        _ = _dial?.CancelAsync();
        _dial = null;
    }

    internal void OnConnected()
    {
        // The user's request goes on while the two talk for a room.
        if (host.Machine.HasSentRequest)
        {
            return;
        }

        _isQuiet = false;
        // A link of the other side has connected the two.
        _ = _dial?.CancelAsync();
        _dial = null;
    }

    internal void OnFailed(Username name, DisconnectReason reason)
    {
        _context.Metrics.Handshake(isOutbound: true, reason.ToString());
        host.Spans.Connected(reason.ToString());
        // The inviter was asked, so the invite did not count. Asking again and again would only be a nuisance.
        if (reason == DisconnectReason.NoAnswer && _context.Joined.IsPending(host.Remote))
        {
            host.Contact.SetPaused(true);
        }

        // A failed automatic attempt is not worth an event, unless the contact has removed this peer.
        if (!_isQuiet || reason == DisconnectReason.Rejected)
        {
            host.Publish(new PeerEvent.Disconnected(name, reason));
        }

        _isQuiet = false;
    }

    private void EndAttempt(DisconnectReason reason)
    {
        var name = host.Machine.RemoteName!.Value;
        host.Machine.ConnectFailed();
        OnFailed(name, reason);
        host.Drain();
    }

    // False if another dial, or none, is in progress.
    private bool TryEnd(CancellationTokenSource dial)
    {
        if (_dial != dial)
        {
            return false;
        }

        _dial = null;
        return true;
    }
}
