using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <content>What the inputs lead to: handshakes that go on, links that open and close, and the conversation on top.</content>
public sealed partial class PeerSession
{
    private bool Answer(Func<Link, IReadOnlyList<HandshakeEffect>> answer)
    {
        if (_links.Values.FirstOrDefault(link => link.IsAsking) is not { } asked)
        {
            return false;
        }

        asked.IsAsking = false;
        Apply(asked, answer(asked));
        return true;
    }

    private void Apply(Link link, IReadOnlyList<HandshakeEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case HandshakeEffect.Send send:
                    // Who has been told that it is accepted shall be so when this process has crashed.
                    if (send.Frame.BodyCase == Frame.BodyOneofCase.Accept)
                    {
                        Accepted();
                    }

                    _effects.Add(new SessionEffect.Transmit(link.Id, send.Frame));
                    break;
                case HandshakeEffect.CheckName check:
                    _effects.Add(new SessionEffect.CheckName(link.Id, check.Name));
                    break;
                case HandshakeEffect.Asked:
                    OnAsked(link);
                    break;
                case HandshakeEffect.Opened:
                    OnOpened(link);
                    break;
                case HandshakeEffect.Rejected rejected:
                    OnRejected(rejected.Reason);
                    break;
                case HandshakeEffect.Finish finish:
                    Close(link, finish.Reason);
                    break;
            }
        }
    }

    // One key has one name at a time: a second one would split the conversation, or come in by an accept of the first.
    private bool IsNamed => IsConnected || _asking || HasRequest;

    private void OnAsked(Link link)
    {
        if (IsNamed && link.Handshake.RemoteName != RemoteName)
        {
            Close(link, CloseReason.NameMismatch);
            return;
        }

        RemoteName = link.Handshake.RemoteName;
        // An older request of the same peer is answered by what happens to this one.
        foreach (var older in _links.Values.Where(other => other.IsAsking).ToList())
        {
            Close(older, CloseReason.Duplicate);
        }

        // Two requests that cross count as accepted by both; and who is accepted needs no second accept for a second link.
        if (_asking || IsConnected)
        {
            Apply(link, link.Handshake.Accept());
            return;
        }

        link.IsAsking = true;
        _effects.Add(new SessionEffect.RequestArrived(RemoteName!.Value, AcceptedAs == RemoteName));
    }

    private void OnRejected(RejectReason reason)
    {
        _asking = false;
        // An answer that was overtaken: on another link they have agreed since.
        if (IsConnected)
        {
            return;
        }
        // Who declines one whom it had accepted has changed its mind.
        if (reason != RejectReason.Busy)
        {
            Parted();
        }

        _effects.Add(new SessionEffect.Rejected(reason));
    }

    private void OnOpened(Link link)
    {
        var first = !_links.Values.Any(other => other != link && other.IsOpen);
        link.IsOpen = true;
        _openLinks++;
        _asking = false;
        Accepted();
        if (first)
        {
            _effects.Add(new SessionEffect.Connected(RemoteName!.Value));
        }
        else
        {
            CloseBeyondLimit(link);
        }

        Conversation.LinkOpened(link.Id);
        var preferred = Preferred();
        if (preferred != link)
        {
            // Both links stay until the one to keep has shown that it lives.
            Conversation.Resume(preferred.Id);
        }

        // A request that still waits is answered by this: who is connected needs no second accept.
        foreach (var other in _links.Values.Where(other => other.IsAsking).ToList())
        {
            other.IsAsking = false;
            Apply(other, other.Handshake.Accept());
        }
    }

    private void CloseBeyondLimit(Link newest)
    {
        var open = _links.Values.Where(link => link.IsOpen).ToList();
        if (open.Count <= MaxOpenLinks)
        {
            return;
        }

        Close(open.First(link => link != newest && link.Id != Conversation.Current), CloseReason.Duplicate);
    }

    void IConversationHost.Emit(SessionEffect effect) => _effects.Add(effect);

    void IConversationHost.OnViolation(int link) => EndLink(link, CloseReason.ProtocolViolation);

    void IConversationHost.OnResumed(int id)
    {
        if (!_links.TryGetValue(id, out var link))
        {
            return;
        }

        link.IsResumed = true;
        if (Preferred() != link)
        {
            return;
        }

        foreach (var other in _links.Values.Where(other => other != link && other.IsOpen).ToList())
        {
            Close(other, CloseReason.Duplicate);
        }
    }

    /// <summary>
    /// The newest open link whose TLS client has the lower PeerId, or else the newest. The client's link numbers decide, because
    /// the two sides may see links come up in different orders. Links without a number are ordered locally.
    /// </summary>
    private Link Preferred()
    {
        var weAreLower = _self < Remote;
        return _links
            .Values.Where(link => link.IsOpen)
            .MaxBy(link => (link.Dialled == weAreLower, link.Handshake.Number, link.Id))!;
    }

    private void Close(Link link, CloseReason reason)
    {
        _effects.Add(new SessionEffect.Close(link.Id, reason));
        Remove(link, reason, byRemote: false);
    }

    private void Remove(Link link, CloseReason reason, bool byRemote)
    {
        _ = link.Handshake.End(reason);
        if (_links.Remove(link.Id) && link.IsOpen)
        {
            _openLinks--;
        }

        if (link.IsOpen)
        {
            Conversation.LinkClosed(link.Id);
            if (!IsConnected)
            {
                _effects.Add(new SessionEffect.Disconnected(reason, byRemote));
            }
            else if (Conversation.Current is null && Preferred() is { IsResumed: true } next)
            {
                Conversation.MoveTo(next.Id);
            }
        }
        else if (link.IsAsking)
        {
            _effects.Add(new SessionEffect.RequestWithdrawn(reason));
        }
        else if (link.Dialled && _asking && !_links.Values.Any(other => other.Dialled))
        {
            _asking = false;
            _effects.Add(new SessionEffect.RequestFailed(reason, byRemote));
        }
    }

    private sealed class Link(int id, bool dialled, LinkHandshake handshake)
    {
        public int Id { get; } = id;

        public bool Dialled { get; } = dialled;

        public LinkHandshake Handshake { get; } = handshake;

        public bool IsOpen { get; set; }

        /// <summary>Whether it carries a request that waits for the person.</summary>
        public bool IsAsking { get; set; }

        /// <summary>Whether the other side's Resume came on it.</summary>
        public bool IsResumed { get; set; }
    }
}
