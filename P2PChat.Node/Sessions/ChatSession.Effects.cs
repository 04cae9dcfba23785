using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>What the session's machine wants done, each effect in its turn and under the session's lock.</summary>
internal sealed partial class ChatSession
{
    private void Apply()
    {
        if (_broken)
        {
            return;
        }

        while (true)
        {
            // Carrying an effect out may ask more of the machine; that comes after what it has asked for already.
            if (_machine.TakeEffects(ref _effects))
            {
                NoteName();
                foreach (var effect in _effects)
                {
                    Enqueue(effect);
                }
            }
            else if (_outputs.Take(_committed) is { } next)
            {
                CarryOut(next);
            }
            else
            {
                break;
            }
        }

        if (_askingThePerson && !_machine.HasRequest && _outputs.Count == 0)
        {
            PersonAnswered();
        }

        NoteName();
        ReleaseName();
        _context.Timers.Signal();
    }

    private void Enqueue(SessionEffect effect)
    {
        if (effect is SessionEffect.MailboxGranted granted)
        {
            // Depends on no change. At once, so that it cannot follow a later removal of the contact.
            TakeGrant(granted.Capability);
            return;
        }

        if (effect is not SessionEffect.Store { Change: var change })
        {
            _outputs.Add(effect, _binding, _lane.LastTicket);
            return;
        }

        var key = change is Change.Queued ? _pendingKey : null;
        var waits = WaitsForTheStore(change);
        var ticket = _lane.Add(
            change,
            key,
            mayGather: !waits && change is Change.Queued or Change.WentOut or Change.Took or Change.Cleared
        );
        if (!waits)
        {
            _committed = ticket;
        }

        if (change.IsBinding)
        {
            _binding = ticket;
        }

        if (change is Change.Queued queued)
        {
            _queuedAs = queued.Sent ? MessageState.Sent : MessageState.Queued;
        }

        if (change is Change.Parted)
        {
            _theirCapability = null;
            _context.Mail.Parted();
        }
    }

    private void NoteName()
    {
        if (_machine.RemoteName is not { } name || name == _name)
        {
            return;
        }

        var before = _name;
        _name = name;
        Named?.Invoke(this, before, name);
    }

    private void CarryOut(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.Transmit transmit:
                Transmit(transmit.Link, transmit.Outgoing);
                break;
            case SessionEffect.Acknowledge acknowledge when _links.TryGetValue(acknowledge.Link, out var link):
                link.Acknowledge(acknowledge.Ack);
                _spans.Acknowledging();
                break;
            case SessionEffect.Close close when _links.Remove(close.Link, out var link):
                link.Close(close.Reason);
                _spans.LinkGone(close.Link);
                break;
            case SessionEffect.CheckName check when _links.TryGetValue(check.Link, out var link):
                BeginToCheckName(link, check.Name);
                break;
            case SessionEffect.RequestArrived arrived:
                OnRequest(arrived.Name, arrived.Known);
                break;
            case SessionEffect.RequestWithdrawn when _askingThePerson:
                PersonAnswered();
                if (!_unheard)
                {
                    _context.Events.Add(new PeerEvent.RequestWithdrawn(_machine.RemoteName!.Value));
                }

                break;
            case SessionEffect.Connected connected:
                OnConnected(connected.Name);
                break;
            case SessionEffect.Rejected rejected:
                NotConnected(_machine.RemoteName!.Value, _context.Policy.RejectedBy(Remote, rejected.Reason));
                break;
            case SessionEffect.RequestFailed failed:
                NotConnected(_machine.RemoteName!.Value, DisconnectReasons.Of(failed.Reason, failed.ByRemote));
                break;
            case SessionEffect.Disconnected disconnected:
                OnDisconnected(disconnected);
                break;
            case SessionEffect.Deliver deliver:
                OnMessage(deliver.Message);
                break;
            case SessionEffect.Sent sent:
                Tell(new PeerEvent.Receipt(_machine.RemoteName!.Value, sent.Message.Id, MessageState.Sent));
                break;
            case SessionEffect.Delivered delivered:
                OnDelivered(delivered.Message);
                break;
            case SessionEffect.DeliveredLate late:
                Tell(new PeerEvent.Receipt(_machine.RemoteName!.Value, late.Id, MessageState.Delivered));
                break;
            case SessionEffect.GivenUp given:
                Tell(
                    new PeerEvent.Receipt(
                        _machine.RemoteName!.Value,
                        given.Message.Id,
                        ChangeApplier.StateOf(given.Reason)
                    )
                );
                break;
            case SessionEffect.Recall recall:
                BeginToRecall(recall);
                break;
            case SessionEffect.Lost lost:
                Tell(new PeerEvent.Receipt(_machine.RemoteName!.Value, lost.Id, MessageState.Lost));
                break;
            case SessionEffect.ReadByThem read:
                BeginToTellRead(read.Epoch, read.Next);
                break;
            case SessionEffect.Typing typing when MayTellOfKeyboard():
                Tell(new PeerEvent.Typing(_machine.RemoteName!.Value, typing.Active));
                break;
            case SessionEffect.Presence presence when MayTellOfKeyboard():
                Tell(new PeerEvent.Presence(_machine.RemoteName!.Value, presence.State == PresenceState.Away));
                break;
            case SessionEffect.Deposit deposit:
                _spans.Mailing(deposit.Mail);
                _ = _composing?.TrySetResult(deposit.Mail);
                break;
            case SessionEffect.MailTaken taken:
                _context.Mail.MailTaken(taken.Mail);
                break;
        }
    }

    private void Transmit(int id, OutgoingFrame frame)
    {
        if (!_links.TryGetValue(id, out var link))
        {
            return;
        }

        if (link.TryWrite(_spans.Sending(id, frame)))
        {
            return;
        }

        _context.Metrics.Error(nameof(CloseReason.Overloaded));
        _machine.EndLink(id, CloseReason.Overloaded);
    }

    private void OnRequest(Username name, bool known)
    {
        // Who only comes back to a connection that this side asked for has not asked.
        if (!known || _paused)
        {
            NoteAsker(theyAsked: true);
        }

        known |= _context.Contacts.IsKnown(name, Remote);
        _unheard = _context.Contacts.IsBlocked(name, Remote);
        switch (_context.Policy.Decide(Remote, known, _unheard))
        {
            case Answer.Accept:
                _ = _machine.Accept();
                break;
            case Answer.Reject:
                _context.Metrics.Handshake(dialled: false, "rejected");
                _ = _machine.Reject(RejectReason.Declined);
                break;
            case Answer.Busy:
                _context.Metrics.Handshake(dialled: false, "busy");
                _ = _machine.Reject(RejectReason.Busy);
                break;
            case Answer.AskThePerson:
                _askingThePerson = true;
                _context.Events.Add(new PeerEvent.Request(name, Remote));
                break;
            case Answer.LetWait:
                _askingThePerson = true;
                break;
        }
    }

    private void PersonAnswered()
    {
        _askingThePerson = false;
        _context.Policy.Answered();
    }

    private void OnConnected(Username name)
    {
        // A key that lives no longer than its process is not worth remembering: the next one would be refused for it.
        if (_ephemeral)
        {
            _ = NoteAsync();
        }
        else
        {
            _context.Contacts.Remember(name, Remote);
        }

        _context.Metrics.Handshake(!TheyAsked, "accepted");
        _spans.Connected(failure: null);
        _quiet = false;
        _connectedAt = _context.Clock.GetTimestamp();
        Pause(false);
        GrantMail();
        _context.Events.Add(new PeerEvent.Connected(name));
    }

    private void OnDisconnected(SessionEffect.Disconnected disconnected)
    {
        var name = _machine.RemoteName!.Value;
        if (disconnected.Reason == CloseReason.Ended)
        {
            Pause(true);
        }
        else if (!_retired)
        {
            _context.Reconnect.Lost(name, Remote, SinceConnected());
        }

        _context.Events.Add(
            new PeerEvent.Disconnected(name, DisconnectReasons.Of(disconnected.Reason, disconnected.ByRemote))
        );
    }

    private TimeSpan SinceConnected() => _context.Clock.GetElapsedTime(_connectedAt);

    private void NotConnected(Username name, DisconnectReason reason)
    {
        _context.Metrics.Handshake(dialled: true, reason.ToString());
        _spans.Connected(reason.ToString());
        // Nobody asked for this attempt; but that a contact is none any more is news.
        if (!_quiet || reason == DisconnectReason.Rejected)
        {
            _context.Events.Add(new PeerEvent.Disconnected(name, reason));
        }

        _quiet = false;
    }

    private void OnMessage(IncomingMessage message)
    {
        using var span = _spans.Receiving(message);
        var name = _machine.RemoteName!.Value;
        // It came before under another number: one side has been restored from a backup.
        if (!_told.TryAdd(message.Id) || _lane.WasSeenBefore(message.Id))
        {
            return;
        }

        _context.Metrics.MessageReceived();
        _context.Events.Add(new PeerEvent.MessageReceived(message, name));
    }

    private void OnDelivered(OutgoingMessage message)
    {
        _context.Metrics.MessageAcknowledged(_context.Clock.GetUtcNow() - message.SentAt);
        _spans.Delivered(message);
        Tell(new PeerEvent.Receipt(_machine.RemoteName!.Value, message.Id, MessageState.Delivered));
    }

    // Apart: what they capture would be made anew for each effect.
    private void BeginToCheckName(Link link, Username name) => _ = Task.Run(() => CheckNameAsync(link, name));

    private void BeginToTellRead(ulong epoch, ulong next) => _ = Task.Run(() => TellRead(epoch, next));

    private void BeginToRecall(SessionEffect.Recall recall) => _ = Task.Run(() => RecallAsync(recall));

    private async Task RecallAsync(SessionEffect.Recall recall)
    {
        try
        {
            var now = _context.MessageClock.Now;
            var found = await _context.Store.RecallAsync(
                Remote,
                recall,
                StoredRecall.Oldest(now, _context.Conversation.Expiry)
            );
            var again = found
                .Messages.Select(message => message with { QueuedAtRan = now.Ran, QueuedAtDirectory = now.Directory })
                .ToList();
            if (found.Messages.Count + found.LostCount > 0)
            {
                LogRecalled(found.Messages.Count, found.LostCount);
            }

            lock (_gate)
            {
                if (_retired || _broken)
                {
                    return;
                }

                _machine.Conversation.Recalled(recall, again, found.Lost);
                Apply();
            }
        }
        catch (StoreException e)
        {
            lock (_gate)
            {
                _machine.Conversation.NotRecalled(recall);
                Apply();
            }

            NotTold(e);
        }
    }

    private void TellRead(ulong epoch, ulong next)
    {
        try
        {
            if (_context.Store.AfterFlush().LastBelow(Remote, epoch, next) is { } id && Name is { } name)
            {
                Tell(new PeerEvent.Receipt(name, id, MessageState.Read));
            }
        }
        catch (StoreException e)
        {
            NotTold(e);
        }
    }

    private void Tell(PeerEvent @event) => _context.Events.Add(@event);

    // Whoever changes its mind all the time does not fill the others' events.
    private bool MayTellOfKeyboard()
    {
        var now = _context.Clock.GetTimestamp();
        if (_keyboardTold is not 0 && _context.Clock.GetElapsedTime(_keyboardTold, now) < KeyboardPeriod)
        {
            if (++_keyboardEvents > KeyboardEvents)
            {
                return false;
            }
        }
        else
        {
            (_keyboardTold, _keyboardEvents) = (now | 1, 1);
        }

        return true;
    }

    private void Pause(bool paused)
    {
        if (paused == _paused)
        {
            return;
        }

        _paused = paused;
        _ = NoteAsync();
    }

    private void NoteAsker(bool theyAsked)
    {
        if (theyAsked == TheyAsked)
        {
            return;
        }

        TheyAsked = theyAsked;
        _ = NoteAsync();
    }

    private async Task NoteAsync()
    {
        try
        {
            await _context.Store.NoteAsync(Remote, TheyAsked, _paused, _ephemeral);
            if (_context.NotesSaved.Saved())
            {
                LogTold();
            }
        }
        catch (StoreException e)
        {
            NotTold(e);
        }
    }

    // Otherwise each attempt would log it again.
    private void NotTold(StoreException exception)
    {
        if (_context.NotesSaved.Failed())
        {
            LogNotTold(SaveState.WhyNot(exception), SaveState.IsDiskFull(exception) ? null : exception);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The state of a contact cannot be saved or read: {Reason}. Free some space or check the disk."
    )]
    private partial void LogNotTold(string reason, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "The state of contacts can be saved again.")]
    private partial void LogTold();

    [LoggerMessage(
        LogLevel.Warning,
        "A contact has lost messages that it had acknowledged: {Again} are sent again, {Lost} are not."
    )]
    private partial void LogRecalled(int again, long lost);
}
