using P2PChat.Protocol.Conversations;
using P2PChat.Protocol.Frames;
using P2PChat.Protocol.Handshake;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Links;

/// <summary>What <see cref="PeerSession.BeginConnect"/> found.</summary>
public enum ConnectOutcome
{
    /// <summary>Dial, then <see cref="PeerSession.LinkUp"/> or <see cref="PeerSession.ConnectFailed"/>.</summary>
    Dial,

    /// <summary>A request of ours is under way.</summary>
    AlreadyAsking,

    /// <summary>A link is open.</summary>
    AlreadyConnected,

    /// <summary>The other side had asked: that request is accepted now.</summary>
    AcceptedTheirs,
}

/// <summary>
/// All that goes on between this peer and one other: links that come up and go down, their handshakes, which of two
/// links stays, and the conversation on top. Inputs are method calls; what is to be done is collected and taken by
/// <see cref="TakeEffects"/>. Not thread-safe, and no input or output of its own.
/// </summary>
public sealed class PeerSession
{
    /// <summary>Most links from one peer that are not open yet; one that this side dialled comes on top.</summary>
    public const int MaxPendingLinks = 4;

    /// <summary>
    /// Most links to one peer that are open. Two suffice; more come from one that never shows which of them is to stay.
    /// </summary>
    public const int MaxOpenLinks = 4;

    private readonly PeerId _self;
    private readonly Username _selfName;
    private readonly HandshakeOptions _options;
    private readonly Conversation _conversation;
    private readonly SortedDictionary<int, Link> _links = [];
    private readonly List<ConversationEffect> _fromConversation = [];
    private List<SessionEffect> _effects = [];
    private bool _asking;

    /// <param name="epoch">See <see cref="Conversation(ulong, ConversationOptions)"/>.</param>
    public PeerSession(
        PeerId self, Username selfName, PeerId remote, ulong epoch, HandshakeOptions handshake, ConversationOptions conversation)
    {
        _self = self;
        _selfName = selfName;
        Remote = remote;
        _options = handshake;
        _conversation = new Conversation(epoch, conversation);
    }

    public PeerId Remote { get; }

    /// <summary>The other's name; null until it is known for sure.</summary>
    public Username? RemoteName { get; private set; }

    /// <summary>Whether a link is open.</summary>
    public bool IsConnected => _links.Values.Any(link => link.IsOpen);

    /// <summary>Whether a link has ever been open: the two have accepted each other.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Whether a request of the other side waits for an answer.</summary>
    public bool HasRequest => _links.Values.Any(link => link.IsAsking);

    /// <summary>Whether a request of ours waits for an answer, or its link is being dialled.</summary>
    public bool IsAsking => _asking;

    /// <summary>Whether there is nothing here to keep: no link, and nothing that waits to be acknowledged.</summary>
    public bool IsIdle => _links.Count == 0 && !_asking && _conversation.Unacknowledged == 0;

    /// <summary>How many messages of ours are not acknowledged.</summary>
    public int Unacknowledged => _conversation.Unacknowledged;

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    public DateTimeOffset? Deadline => _links.Values.Min(link => link.Handshake.Deadline);

    /// <summary>What is to be done, in order; the list is the caller's.</summary>
    public IReadOnlyList<SessionEffect> TakeEffects()
    {
        var effects = _effects;
        _effects = [];
        return effects;
    }

    /// <summary>The person wants to talk to this peer.</summary>
    public ConnectOutcome BeginConnect(Username name)
    {
        if (IsConnected)
            return ConnectOutcome.AlreadyConnected;
        if (HasRequest)
        {
            Accept();
            return ConnectOutcome.AcceptedTheirs;
        }

        if (_asking)
            return ConnectOutcome.AlreadyAsking;
        RemoteName = name;
        _asking = true;
        return ConnectOutcome.Dial;
    }

    /// <summary>The dial came to nothing; the caller knows why.</summary>
    public void ConnectFailed() => _asking = false;

    /// <summary>TLS is done on a link.</summary>
    /// <param name="id">The caller's number for it; a later link has a higher one.</param>
    /// <param name="dialled">Whether this side dialled, and so is the TLS client.</param>
    /// <param name="startedAt">When its first byte went over the wire.</param>
    public void LinkUp(int id, bool dialled, DateTimeOffset startedAt)
    {
        if (!dialled && _links.Values.Count(link => !link.IsOpen) >= MaxPendingLinks)
        {
            _effects.Add(new SessionEffect.Close(id, CloseReason.Overloaded));
            return;
        }

        var link = new Link(id, dialled, new LinkHandshake(_selfName, dialled ? RemoteName : null, startedAt, _options));
        _links.Add(id, link);
        Apply(link, link.Handshake.Start());
    }

    /// <summary>A link has ended, by the other side or by itself.</summary>
    /// <param name="reason">The Close that came, or <see cref="CloseReason.ConnectionLost"/>.</param>
    /// <param name="byRemote">Whether a Close came.</param>
    public void LinkDown(int id, CloseReason reason, bool byRemote)
    {
        if (_links.TryGetValue(id, out var link))
            Remove(link, reason, byRemote);
        ApplyConversation();
    }

    /// <summary>Takes each frame but Ping, Pong and Close, which are the link's own.</summary>
    public void Receive(int id, Frame frame, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (!_links.TryGetValue(id, out var link))
            return;
        if (!link.IsOpen)
        {
            Apply(link, link.Handshake.Receive(frame, now));
            return;
        }

        _conversation.Receive(id, frame, _fromConversation);
        ApplyConversation();
    }

    /// <summary>Answers <see cref="SessionEffect.CheckName"/>.</summary>
    public void NameChecked(int id, NameCheck result, DateTimeOffset now)
    {
        if (!_links.TryGetValue(id, out var link))
            return;

        var name = link.Handshake.RemoteName;
        if (result == NameCheck.Confirmed && IsNamed && name != RemoteName)
            result = NameCheck.Mismatch;
        if (result == NameCheck.Confirmed)
            RemoteName = name;
        Apply(link, link.Handshake.NameChecked(result, now));
    }

    /// <summary>Whether the other side of a link has shown its key and its name, and said what it wants.</summary>
    public bool IsPastHandshake(int id) =>
        _links.TryGetValue(id, out var link)
        && link.Handshake.State is HandshakeState.AwaitingDecision or HandshakeState.AwaitingAnswer or HandshakeState.Open;

    /// <summary>Accepts the other side's request.</summary>
    /// <returns>False if there is none.</returns>
    public bool Accept() => Answer(link => link.Handshake.Accept());

    /// <summary>Rejects the other side's request.</summary>
    /// <returns>False if there is none.</returns>
    public bool Reject(RejectReason reason) => Answer(link => link.Handshake.Reject(reason));

    /// <summary>Queues a message. It goes out when a link is open.</summary>
    public SendOutcome Send(OutgoingMessage message)
    {
        var outcome = _conversation.Send(message, _fromConversation);
        ApplyConversation();
        return outcome;
    }

    /// <summary>Gives up a message that is not acknowledged.</summary>
    public bool GiveUp(Guid id)
    {
        var found = _conversation.GiveUp(id, _fromConversation);
        ApplyConversation();
        return found;
    }

    /// <summary>Ends every link, and a request of ours.</summary>
    public void End(CloseReason reason)
    {
        foreach (var link in _links.Values.ToList())
            Close(link, reason);
        _asking = false;
        ApplyConversation();
    }

    /// <summary>Ends one link, for what only its owner can see: bad frames, silence, a queue that is full.</summary>
    public void EndLink(int id, CloseReason reason)
    {
        if (_links.TryGetValue(id, out var link))
            Close(link, reason);
        ApplyConversation();
    }

    /// <summary>Ends what took too long.</summary>
    public void Tick(DateTimeOffset now)
    {
        foreach (var link in _links.Values.ToList())
            Apply(link, link.Handshake.Tick(now));
        ApplyConversation();
    }

    private bool Answer(Func<Link, IReadOnlyList<HandshakeEffect>> answer)
    {
        if (_links.Values.FirstOrDefault(link => link.IsAsking) is not { } asked)
            return false;
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
            Close(older, CloseReason.Duplicate);

        // Two requests that cross count as accepted by both; and who is accepted needs no second accept for a second link.
        if (_asking || IsConnected)
        {
            Apply(link, link.Handshake.Accept());
            return;
        }

        link.IsAsking = true;
        _effects.Add(new SessionEffect.RequestArrived(link.Handshake.RemoteName!.Value, IsKnown));
    }

    private void OnRejected(RejectReason reason)
    {
        _asking = false;
        _effects.Add(new SessionEffect.Rejected(reason));
    }

    private void OnOpened(Link link)
    {
        var first = !_links.Values.Any(other => other != link && other.IsOpen);
        link.IsOpen = true;
        _asking = false;
        IsKnown = true;
        if (first)
            _effects.Add(new SessionEffect.Connected(RemoteName!.Value));
        else
            CloseBeyondLimit(link);

        _conversation.LinkOpened(link.Id, _fromConversation);
        var preferred = Preferred();
        if (preferred != link)
        {
            // Both links stay until the one to keep has shown that it lives.
            _conversation.Resume(preferred.Id, _fromConversation);
        }

        ApplyConversation();

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
            return;
        Close(open.First(link => link != newest && link.Id != _conversation.Current), CloseReason.Duplicate);
    }

    private void ApplyConversation()
    {
        // Closing a link can make the conversation move, and so add more behind.
        for (var i = 0; i < _fromConversation.Count; i++)
        {
            switch (_fromConversation[i])
            {
                // A link may have been closed since the conversation chose it.
                case ConversationEffect.Transmit transmit when _links.ContainsKey(transmit.Link):
                    _effects.Add(new SessionEffect.Transmit(transmit.Link, transmit.Frame));
                    break;
                case ConversationEffect.Acknowledge acknowledge when _links.ContainsKey(acknowledge.Link):
                    _effects.Add(new SessionEffect.Acknowledge(acknowledge.Link, acknowledge.Ack));
                    break;
                case ConversationEffect.Deliver deliver:
                    _effects.Add(new SessionEffect.Deliver(deliver.Message));
                    break;
                case ConversationEffect.Delivered delivered:
                    _effects.Add(new SessionEffect.Delivered(delivered.Message));
                    break;
                case ConversationEffect.Resumed resumed:
                    OnResumed(resumed.Link);
                    break;
                case ConversationEffect.Violation violation when _links.TryGetValue(violation.Link, out var link):
                    Close(link, CloseReason.ProtocolViolation);
                    break;
            }
        }

        _fromConversation.Clear();
    }

    private void OnResumed(int id)
    {
        if (!_links.TryGetValue(id, out var link))
            return;
        link.IsResumed = true;
        if (Preferred() != link)
            return;
        foreach (var other in _links.Values.Where(other => other != link && other.IsOpen).ToList())
            Close(other, CloseReason.Duplicate);
    }

    /// <summary>Of the open links, the newest whose TLS client has the lower PeerId; else the newest.</summary>
    private Link Preferred()
    {
        var weAreLower = _self < Remote;
        var open = _links.Values.Where(link => link.IsOpen).ToList();
        return open.LastOrDefault(link => link.Dialled == weAreLower) ?? open[^1];
    }

    private void Close(Link link, CloseReason reason)
    {
        _effects.Add(new SessionEffect.Close(link.Id, reason));
        Remove(link, reason, byRemote: false);
    }

    private void Remove(Link link, CloseReason reason, bool byRemote)
    {
        _ = link.Handshake.End(reason);
        _links.Remove(link.Id);
        if (link.IsOpen)
        {
            _conversation.LinkClosed(link.Id);
            if (!IsConnected)
                _effects.Add(new SessionEffect.Disconnected(reason, byRemote));
            else if (_conversation.Current is null && Preferred() is { IsResumed: true } next)
                _conversation.MoveTo(next.Id, _fromConversation);
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
