using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Executes the released effects that concern no link: publishes events, and passes the rest to the part that owns it.
/// Guarded by the session's lock.
/// </summary>
internal sealed class EffectExecutor(SessionHost host)
{
    private readonly SessionContext _context = host.Context;

    // The size of an outbox, whose messages may all arrive again in a new epoch (docs/protocol.md, section 7).
    private const int MaxSeen = 4096;

    // The store has all ids, but only after a write, and an ephemeral peer publishes messages before that.
    private readonly RecentIds<Guid> _seen = new(MaxSeen);
    private readonly SignalThrottle _signals = new(host.Context.TimeProvider);
    private readonly StoreQueries _queries = new(host);
    private readonly InviteOutcomes _invites = new(host);
    private readonly SessionPath _path = new(host);
    private long _connectedAt;
    private bool _isContactConnected;

    /// <summary>The time since the last connection was made.</summary>
    internal TimeSpan ConnectedFor => _context.TimeProvider.GetElapsedTime(_connectedAt);

    internal bool HasConnected => _connectedAt != 0;

    private Username Peer => host.Machine.RemoteName!.Value;

    internal void Execute(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.RequestArrived arrived:
                host.Requests.OnArrived(arrived.Name, arrived.Known, arrived.Request);
                break;
            case SessionEffect.InviteRefused { RoomLink: { } link } refused:
                _context.Rooms.LinkRefused(host.Remote, link, refused.State);
                break;
            case SessionEffect.InviteRefused refused:
                _invites.OnRefused(Peer, refused.State);
                break;
            case SessionEffect.OlderCopyDetected:
                _invites.BeginVoid();
                break;
            case SessionEffect.RequestWithdrawn:
                host.Requests.OnWithdrawn();
                break;
            case SessionEffect.Connected connected:
                OnConnected(connected.Name);
                break;
            case SessionEffect.Rejected rejected:
                host.Dial.OnFailed(Peer, _context.Policy.OnRejectedBy(host.Remote, rejected.Reason));
                break;
            case SessionEffect.RequestFailed failed:
                host.Dial.OnFailed(Peer, DisconnectReasons.Of(failed.Reason, failed.ByRemote));
                break;
            case SessionEffect.Disconnected disconnected:
                OnDisconnected(disconnected);
                break;
            case SessionEffect.ContactLost lost:
                host.Publish(new PeerEvent.Disconnected(lost.Name, DisconnectReason.Rejected));
                break;
            case SessionEffect.PathChanged changed:
                _path.OnChanged(changed.Path);
                break;
            case SessionEffect.AcceptedByMail accepted:
                _invites.OnAcceptedByMail(accepted);
                break;
            case SessionEffect.ConfirmedByMail confirmed:
                _invites.OnConfirmedByMail(confirmed.Name);
                break;
            case SessionEffect.Deliver deliver:
                OnMessage(deliver.Message);
                break;
            case SessionEffect.Store { Change: Change.Queued queued }:
                PublishChanged(queued.Message.Id, queued.Message.Content, _context.Self);
                break;
            case SessionEffect.Sent sent:
                PublishReceipt(sent.Message, MessageState.Sent);
                break;
            case SessionEffect.Delivered delivered:
                OnDelivered(delivered.Message);
                break;
            case SessionEffect.DeliveredLate late:
                host.Messages.NoteMissing(late.Id, isMissing: false);
                _queries.BeginPublishReceipt(late.Id);
                host.Files.Changes.OnDelivered(late.Id);
                break;
            case SessionEffect.Abandoned given:
                host.Messages.NoteMissing(given.Message.Id, isMissing: true);
                PublishReceipt(given.Message, MessageStatements.StateOf(given.Reason));
                host.Files.Changes.OnAbandoned(given.Message.Id, given.Reason);
                break;
            case SessionEffect.Lost lost:
                host.Messages.NoteMissing(lost.Id, isMissing: true);
                _queries.BeginPublishReceipt(lost.Id);
                host.Files.Changes.OnLost();
                break;
            case SessionEffect.ReadByThem read:
                _queries.BeginPublishRead(read.Epoch, read.Next);
                break;
            case SessionEffect.Recall recall:
                _queries.BeginRecall(recall);
                break;
            case SessionEffect.LossRecovered recovered:
                host.TimerRepeats.BeginAfterLoss(recovered.Omitted);
                break;
            case SessionEffect.Typing typing when !host.Machine.IsForRooms && _signals.TryPass():
                _context.Events.AddTransient(new PeerEvent.Typing(Peer, typing.Active));
                break;
            case SessionEffect.Presence presence when !host.Machine.IsForRooms && _signals.TryPass():
                host.Publish(new PeerEvent.Presence(Peer, presence.State == PresenceState.Away));
                break;
            case SessionEffect.Deposit deposit:
                host.Spans.Depositing(deposit.Mail);
                host.Mail.OnComposed(deposit.Mail);
                break;
            case SessionEffect.DirectoryAddress received when !host.Machine.IsForRooms:
                host.DirectoryNotice.OnReceived(received.Address);
                break;
            case SessionEffect.LinkInUse used:
                host.Profiles.OnLinkInUse(used.Link);
                host.Rooms.OnLinkInUse();
                host.Mail.OnLinkInUse();
                break;
            case SessionEffect.RoomSignalled signalled:
                host.Rooms.OnSignalled(signalled.Signal);
                break;
            case SessionEffect.ProfileAsked asked:
                host.Profiles.OnAsked(asked.Link, asked.Known);
                break;
            case SessionEffect.ProfileReceived:
                host.Profiles.OnReceived();
                break;
            case SessionEffect.MailReceived taken:
                _context.Mail.MailReceived(taken.Mail);
                break;
        }
    }

    private void OnConnected(Username name)
    {
        // Pinning an ephemeral key would only make the peer's next process look like an impostor.
        var isContact = !host.Machine.IsForRooms;
        if (isContact && !host.Contact.IsEphemeral)
        {
            _invites.Remember(name);
        }
        else
        {
            host.Contact.Save();
        }

        _context.Metrics.Handshake(!host.Contact.TheyAsked, "accepted");
        host.Spans.Connected(failure: null);
        host.Dial.OnConnected();
        _connectedAt = _context.TimeProvider.GetTimestamp();
        host.Contact.SetPaused(false);
        host.Capabilities.BeginGrant();
        _path.OnConnected();
        _isContactConnected = isContact;
        // An acquaintance may have a request that waits, and gets nothing of what is for contacts.
        if (isContact)
        {
            host.Publish(new PeerEvent.Connected(name, host.Links.Path));
            _invites.OnConnected(name);
            host.DirectoryNotice.OnConnected();
        }
    }

    private void OnDisconnected(SessionEffect.Disconnected disconnected)
    {
        var name = Peer;
        _path.OnDisconnected();
        // A moderator may end an acquaintance while this peer asks to come back by a link: then it asks again.
        var asksByLink = _context.RoomMembers.Proofs.ContainsKey(host.Remote);
        if (disconnected.Reason == CloseReason.Ended && !asksByLink)
        {
            host.Contact.SetPaused(true);
        }
        else if (!host.Lifecycle.IsRetired)
        {
            _context.Reconnect.Lost(name, host.Remote, ConnectedFor);
        }

        // A member that has become a contact without a link was connected for the room only.
        if (_isContactConnected)
        {
            host.Publish(
                new PeerEvent.Disconnected(name, DisconnectReasons.Of(disconnected.Reason, disconnected.ByRemote))
            );
        }
    }

    private void OnMessage(IncomingMessage message)
    {
        using var span = host.Spans.StartReceive(message);
        var name = Peer;
        // After a restore from a backup a message may arrive again under another number.
        if (!_seen.TryAdd(message.Id) || host.Commits.WasSeenBefore(message.Id))
        {
            return;
        }

        if (message.Content is MessageContent.Room)
        {
            host.Rooms.OnArrived();
            return;
        }

        _context.Metrics.MessageReceived();
        host.Messages.OnReceived(message);
        if (message.Content is null)
        {
            host.Publish(new PeerEvent.MessageReceived(message, name));
        }
        else
        {
            PublishChanged(message.Id, message.Content, name);
        }

        if (message.Content is MessageContent.File)
        {
            host.Files.Changes.OnOffered(message.Id);
        }
    }

    private void OnDelivered(OutgoingMessage message)
    {
        _context.Metrics.MessageAcknowledged(_context.TimeProvider.GetUtcNow() - message.SentAt);
        host.Spans.Delivered(message);
        PublishReceipt(message, MessageState.Delivered);
        if (message.Content is MessageContent.File)
        {
            host.Files.Changes.OnDelivered(message.Id);
        }
    }

    // Publishes the effect of content, if any. Our own reply is the result of its send, not an event.
    private void PublishChanged(Guid id, MessageContent? content, Username by)
    {
        if (host.Commits.TakeStored(id) is not { } message)
        {
            return;
        }

        if (message.IsRemoved)
        {
            _context.Events.Erase(message);
            host.Files.Changes.OnRemoved(message.Id, isOurs: message.From == _context.Self);
        }

        if (message.Timer is not null)
        {
            host.Publish(new PeerEvent.TimerChanged(message));
        }
        else if (MessageChanges.Of(content) is { } change)
        {
            host.Publish(new PeerEvent.MessageChanged(message, by, change));
        }
        else if (by != _context.Self)
        {
            host.Publish(new PeerEvent.MessageReceived(message));
        }
    }

    private void PublishReceipt(OutgoingMessage message, MessageState state)
    {
        if (message.Content is MessageContent.Room room)
        {
            host.Rooms.OnReceipt(message.Id, room.Id, state);
            return;
        }

        if (MessageContent.IsShown(message.Content))
        {
            host.Publish(new PeerEvent.Receipt(Peer, message.Id, state));
        }
        else if (state != MessageState.Sent)
        {
            // Only the store knows whether the change counts, and is the last.
            _queries.BeginPublishReceipt(message.Id);
        }
    }
}
