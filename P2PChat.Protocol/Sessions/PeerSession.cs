using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

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
/// <see cref="TakeEffects()"/>. Not thread-safe, and no input or output of its own.
/// </summary>
public sealed partial class PeerSession : IConversationHost
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
    private readonly SortedDictionary<int, Link> _links = [];
    private List<SessionEffect> _effects = [];
    private int _openLinks;
    private ulong _lastNumber;
    private bool _asking;

    /// <param name="epoch">See One of <see cref="Epochs"/>.</param>
    public PeerSession(
        PeerId self,
        Username selfName,
        PeerId remote,
        ulong epoch,
        HandshakeOptions handshake,
        ConversationOptions conversation
    )
        : this(
            self,
            selfName,
            remote,
            new SessionSnapshot(null, new ConversationSnapshot(epoch)),
            handshake,
            conversation
        ) { }

    /// <summary>Goes on where another one stood.</summary>
    public PeerSession(
        PeerId self,
        Username selfName,
        PeerId remote,
        SessionSnapshot snapshot,
        HandshakeOptions handshake,
        ConversationOptions conversation
    )
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        _self = self;
        _selfName = selfName;
        Remote = remote;
        _options = handshake;
        AcceptedAs = RemoteName = snapshot.AcceptedAs;
        Conversation = new Conversation(snapshot.Conversation, conversation, host: this);
    }

    public PeerId Remote { get; }

    /// <summary>The messages between the two.</summary>
    public Conversation Conversation { get; }

    /// <summary>The other's name; null until it is known for sure.</summary>
    public Username? RemoteName { get; private set; }

    /// <summary>Whether a link is open.</summary>
    public bool IsConnected => _openLinks > 0;

    /// <summary>
    /// The name under which the two have accepted each other; null if they have not, or one has taken it back. Who has
    /// been accepted stays so across links and restarts: messages to it may be queued.
    /// </summary>
    public Username? AcceptedAs { get; private set; }

    /// <summary>Whether the two have accepted each other.</summary>
    public bool IsKnown => AcceptedAs is not null;

    /// <summary>Where the session stands, but for its links.</summary>
    public SessionSnapshot Snapshot => new(AcceptedAs, Conversation.Snapshot);

    /// <summary>Whether a request of the other side waits for an answer.</summary>
    public bool HasRequest => _links.Values.Any(link => link.IsAsking);

    /// <summary>Whether a request of ours waits for an answer, or its link is being dialled.</summary>
    public bool IsAsking => _asking;

    /// <summary>Whether there is nothing here to keep: no link, and nothing that waits to be acknowledged.</summary>
    public bool IsIdle => _links.Count == 0 && !_asking && Conversation.Unacknowledged == 0;

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    public DateTimeOffset? Deadline
    {
        get
        {
            var handshake = _links.Values.Min(link => link.Handshake.Deadline);
            return Conversation.Deadline is { } pause && !(handshake < pause) ? pause : handshake;
        }
    }

    /// <summary>Whether a link under that name is open, or past its name check.</summary>
    public bool UsesName(Username name) =>
        RemoteName == name
        && (
            _openLinks > 0
            || _links.Values.Any(link =>
                link.Dialled
                || link.Handshake.State is HandshakeState.AwaitingRequest or HandshakeState.AwaitingDecision
            )
        );

    /// <summary>What is to be done, in order; the list is the caller's.</summary>
    public IReadOnlyList<SessionEffect> TakeEffects()
    {
        var effects = new List<SessionEffect>();
        _ = TakeEffects(ref effects);
        return effects;
    }

    /// <summary>The same, for a list that its caller has done with.</summary>
    /// <returns>False if there is nothing to be done.</returns>
    public bool TakeEffects(ref List<SessionEffect> effects)
    {
        effects.Clear();
        (effects, _effects) = (_effects, effects);
        return effects.Count > 0;
    }

    /// <summary>The person wants to talk to this peer.</summary>
    public ConnectOutcome BeginConnect(Username name)
    {
        if (IsConnected)
        {
            return ConnectOutcome.AlreadyConnected;
        }

        if (HasRequest)
        {
            Accept();
            return ConnectOutcome.AcceptedTheirs;
        }

        if (_asking)
        {
            return ConnectOutcome.AlreadyAsking;
        }

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

        // Time-based, to be above numbers of earlier processes whose dead links the other side may hold.
        if (dialled)
        {
            _lastNumber = Math.Max(_lastNumber + 1, (ulong)Math.Max(1, startedAt.ToUnixTimeMilliseconds()));
        }

        var link = new Link(
            id,
            dialled,
            new LinkHandshake(_selfName, dialled ? RemoteName : null, startedAt, _options, _lastNumber)
        );
        _links.Add(id, link);
        Apply(link, link.Handshake.Start());
    }

    /// <summary>A link has ended, by the other side or by itself.</summary>
    /// <param name="reason">The Close that came, or <see cref="CloseReason.ConnectionLost"/>.</param>
    /// <param name="byRemote">Whether a Close came.</param>
    public void LinkDown(int id, CloseReason reason, bool byRemote)
    {
        if (_links.TryGetValue(id, out var link))
        {
            Remove(link, reason, byRemote);
        }
    }

    /// <summary>Takes each frame but Ping, Pong and Close, which are the link's own.</summary>
    public void Receive(int id, Frame frame, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Receive(id, [new IncomingFrame(frame)], now);
    }

    /// <summary>The same, of frames that came together: all messages in a row are one step.</summary>
    public void Receive(int id, IReadOnlyList<IncomingFrame> frames, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(frames);
        for (var i = 0; i < frames.Count; )
        {
            if (!_links.TryGetValue(id, out var link))
            {
                return;
            }

            if (link.IsOpen)
            {
                i = Conversation.Receive(id, frames, i);
            }
            else
            {
                Apply(link, link.Handshake.Receive(frames[i++].ToFrame(), now));
            }
        }
    }

    /// <summary>Answers <see cref="SessionEffect.CheckName"/>.</summary>
    public void NameChecked(int id, NameCheck result, DateTimeOffset now)
    {
        if (!_links.TryGetValue(id, out var link))
        {
            return;
        }

        var name = link.Handshake.RemoteName;
        if (result == NameCheck.Confirmed && IsNamed && name != RemoteName)
        {
            result = NameCheck.Mismatch;
        }

        if (result == NameCheck.Confirmed)
        {
            RemoteName = name;
        }

        Apply(link, link.Handshake.NameChecked(result, now));
    }

    /// <summary>Whether both sides of a link have accepted each other.</summary>
    internal bool IsOpen(int id) => _links.TryGetValue(id, out var link) && link.IsOpen;

    /// <summary>Whether the other side of a link has shown its key and its name, and said what it wants.</summary>
    public bool IsPastHandshake(int id) =>
        _links.TryGetValue(id, out var link)
        && link.Handshake.State
            is HandshakeState.AwaitingDecision
                or HandshakeState.AwaitingAnswer
                or HandshakeState.Open;

    /// <summary>Accepts the other side's request.</summary>
    /// <returns>False if there is none.</returns>
    public bool Accept() => Answer(link => link.Handshake.Accept());

    /// <summary>Rejects the other side's request.</summary>
    /// <returns>False if there is none.</returns>
    public bool Reject(RejectReason reason) => Answer(link => link.Handshake.Reject(reason));

    /// <summary>Ends every link, and a request of ours.</summary>
    public void End(CloseReason reason)
    {
        // The conversation's link ends last, so that messages do not move to a link that is about to end.
        foreach (var link in _links.Values.OrderBy(link => link.Id == Conversation.Current).ToList())
        {
            Close(link, reason);
        }

        _asking = false;
    }

    /// <summary>Ends one link, for what only its owner can see: bad frames, silence, a queue that is full.</summary>
    public void EndLink(int id, CloseReason reason)
    {
        if (_links.TryGetValue(id, out var link))
        {
            Close(link, reason);
        }
    }

    /// <summary>Ends handshakes and requests that took too long.</summary>
    public void Tick(DateTimeOffset now)
    {
        foreach (var link in _links.Values.ToList())
        {
            Apply(link, link.Handshake.Tick(now));
        }

        Conversation.Tick(now);
    }
}
