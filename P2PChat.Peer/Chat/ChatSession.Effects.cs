using P2PChat.Protocol.Conversations;
using P2PChat.Protocol.Frames;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Links;

namespace P2PChat.Peer.Chat;

/// <summary>What the session's machine wants done, each effect in its turn and under the session's lock.</summary>
internal sealed partial class ChatSession
{
    private void Apply()
    {
        // Carrying an effect out may ask more of the machine; that comes after what it has asked for already.
        while (_machine.TakeEffects() is { Count: > 0 } effects)
        {
            NoteName();
            foreach (var effect in effects)
                CarryOut(effect);
        }

        if (_askingThePerson && !_machine.HasRequest)
            PersonAnswered();
        NoteName();
    }

    private void NoteName()
    {
        if (_machine.RemoteName is not { } name || name == _name)
            return;
        var before = _name;
        _name = name;
        Named?.Invoke(this, before, name);
    }

    private void CarryOut(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.Transmit transmit:
                Transmit(transmit.Link, transmit.Frame);
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
                _ = Task.Run(() => CheckNameAsync(link, check.Name));
                break;
            case SessionEffect.RequestArrived arrived:
                OnRequest(arrived.Name, arrived.Known);
                break;
            case SessionEffect.RequestWithdrawn when _askingThePerson:
                PersonAnswered();
                if (!_unheard)
                    _context.Events.Add(new PeerEvent.RequestWithdrawn(_machine.RemoteName!.Value));
                break;
            case SessionEffect.Connected connected:
                OnConnected(connected.Name);
                break;
            case SessionEffect.Rejected rejected:
                NotConnected(_machine.RemoteName!.Value, DisconnectReasons.Of(rejected.Reason));
                break;
            case SessionEffect.RequestFailed failed:
                NotConnected(_machine.RemoteName!.Value, DisconnectReasons.Of(failed.Reason, failed.ByRemote));
                break;
            case SessionEffect.Disconnected disconnected:
                _context.Events.Add(new PeerEvent.Disconnected(
                    _machine.RemoteName!.Value, DisconnectReasons.Of(disconnected.Reason, disconnected.ByRemote)));
                break;
            case SessionEffect.Deliver deliver:
                OnMessage(deliver.Message);
                break;
            case SessionEffect.Delivered delivered:
                OnDelivered(delivered.Message);
                break;
        }
    }

    private void Transmit(int id, Frame frame)
    {
        if (!_links.TryGetValue(id, out var link))
            return;
        _spans.Sending(id, frame);
        if (link.TryWrite(frame))
            return;
        _context.Metrics.Error(nameof(CloseReason.Overloaded));
        _machine.EndLink(id, CloseReason.Overloaded);
    }

    private void OnRequest(Username name, bool known)
    {
        TheyAsked = true;
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
                _context.Events.Add(new PeerEvent.Request(name));
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
        if (!_ephemeral)
            _context.Contacts.Remember(name, Remote);
        _context.Metrics.Handshake(!TheyAsked, "accepted");
        _spans.Connected(failure: null);
        _context.Events.Add(new PeerEvent.Connected(name));
    }

    private void NotConnected(Username name, DisconnectReason reason)
    {
        _context.Metrics.Handshake(dialled: true, reason.ToString());
        _spans.Connected(reason.ToString());
        _context.Events.Add(new PeerEvent.Disconnected(name, reason));
    }

    private void OnMessage(IncomingMessage message)
    {
        using var span = _spans.Receiving(message);
        var name = _machine.RemoteName!.Value;
        if (_history.Add(message.Id, name, name, message.Text, message.SentAt, MessageState.Received) is not { } added)
            return;
        _historyUsed = _context.Clock.GetTimestamp();
        _context.Metrics.MessageReceived();
        _context.Events.Add(new PeerEvent.MessageReceived(added));
    }

    private void OnDelivered(OutgoingMessage message)
    {
        _context.Metrics.MessageAcknowledged(_context.Clock.GetUtcNow() - message.SentAt);
        _spans.Delivered(message);
        _history.SetState(message.Id, MessageState.Delivered);
        _context.Events.Add(new PeerEvent.Receipt(_machine.RemoteName!.Value, message.Id, MessageState.Delivered));
    }
}
