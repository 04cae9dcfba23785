using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>Result of <see cref="PeerSession.BeginConnect"/>.</summary>
public enum ConnectOutcome
{
    /// <summary>Dial, then call <see cref="PeerSession.LinkUp"/> or <see cref="PeerSession.ConnectFailed"/>.</summary>
    Dial,

    /// <summary>This side has sent a request already.</summary>
    AlreadyRequested,

    /// <summary>A link is open.</summary>
    AlreadyConnected,

    /// <summary>The other side had sent a request, which is now accepted.</summary>
    AcceptedTheirRequest,
}

/// <summary>
/// Everything between this peer and one other: links and their handshakes, and the <see cref="Conversation"/> on top. A
/// sans-IO state machine: call a method for each input, then execute <see cref="TakeEffects"/>. Not thread-safe.
/// </summary>
public sealed class PeerSession
{
    /// <summary>Limit on links on which the other side asks and that are not open yet.</summary>
    public const int MaxPendingLinks = 4;

    /// <summary>
    /// Limit on open links. Two suffice; more come from a peer that never shows which of them it keeps.
    /// </summary>
    public const int MaxOpenLinks = 4;

    private readonly Username _selfName;
    private readonly HandshakeOptions _options;
    private readonly SessionEffectQueue _effects = new();
    private readonly ContactState _contact;
    private readonly LinkSet _links;
    private readonly LinkLifecycle _lifecycle;
    private readonly SessionMail _mail;
    private Request? _request;

    /// <summary>Restores a session from its snapshot.</summary>
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
        (_selfName, _options, Remote) = (selfName, handshake, remote);
        _contact = new ContactState(snapshot, _effects);
        _links = new LinkSet(isLower: self < remote);
        _lifecycle = new LinkLifecycle(_links, _contact, _effects, snapshot.Conversation, conversation);
        _mail = new SessionMail(selfName, _contact, _lifecycle);
    }

    public PeerId Remote { get; }

    /// <summary>The messages between the two peers.</summary>
    public Conversation Conversation => _lifecycle.Conversation;

    /// <summary>The other side's name; null until it has been verified.</summary>
    public Username? RemoteName => _contact.Name;

    /// <summary>
    /// The name under which the two have accepted each other; null if they have not or one has removed the other. Kept
    /// across links and restarts. Messages to a contact may be queued.
    /// </summary>
    public Username? AcceptedAs => _contact.AcceptedAs;

    /// <summary>Whether the two have accepted each other as contacts.</summary>
    public bool IsContact => _contact.IsContact;

    /// <summary>
    /// Whether the two have accepted each other only because both are members of a room: they exchange its events, and
    /// are not contacts.
    /// </summary>
    public bool IsForRooms => _contact.IsForRooms;

    /// <summary>Whether a link is being set up.</summary>
    public bool HasPendingLink => _links.Pending > 0;

    /// <summary>Whether a link is open.</summary>
    public bool IsConnected => _links.HasOpen;

    /// <summary>How the conversation's link travels; unspecified if none is open.</summary>
    public LinkPath Path => _lifecycle.Path;

    /// <summary>The state to store, without links.</summary>
    public SessionSnapshot Snapshot => _contact.SnapshotWith(Conversation.Snapshot);

    /// <summary>The other side's features, from its last Hello on an open link. Kept across restarts.</summary>
    public PeerFeatures Features => _contact.Features;

    /// <summary>
    /// What envelopes to the other side begin with. Not <see cref="MailIntroduction.None"/> while the other side may
    /// not know that the two are contacts.
    /// </summary>
    public MailIntroduction Introduction => _contact.Introduction;

    /// <summary>Whether a request from the other side waits for an answer.</summary>
    public bool HasReceivedRequest => _lifecycle.FindRequest(isForRooms: false) is not null;

    /// <summary>Whether this side is dialling, or its request waits for an answer.</summary>
    public bool HasSentRequest => _lifecycle.Attempt.IsInProgress;

    /// <summary>Whether there are no links and no unacknowledged messages.</summary>
    public bool IsIdle => _links.IsEmpty && !HasSentRequest && Conversation.Unacknowledged == 0;

    /// <summary>When to call <see cref="Tick"/> next; null for never.</summary>
    public DateTimeOffset? Deadline
    {
        get
        {
            var handshake = _links.All.Min(link => link.Handshake.Deadline);
            return Conversation.Deadline is { } pause && !(handshake < pause) ? pause : handshake;
        }
    }

    /// <summary>Whether there is anything to send by mail.</summary>
    public bool HasMail => _mail.HasMail;

    /// <summary>Whether a link is open or being set up under that name.</summary>
    public bool UsesName(Username name) => RemoteName == name && (IsConnected || _links.All.Any(link => link.UsesName));

    /// <summary>Whether a link is past the name check and its request was received or sent.</summary>
    public bool IsPastHandshake(int id) => _links.TryGet(id, out var link) && link.Handshake.IsComplete;

    /// <summary>Takes the pending effects. The caller executes them in order.</summary>
    /// <param name="effects">On entry, a list to reuse, which is cleared. On return, the effects.</param>
    /// <returns>False if there are no effects.</returns>
    public bool TakeEffects(ref List<SessionEffect> effects) => _effects.Take(ref effects);

    /// <summary>Starts to connect for this side's person.</summary>
    /// <param name="request">The request to send, with an invite; null for one without.</param>
    public ConnectOutcome BeginConnect(Username name, Request? request = null)
    {
        var isForRooms = request?.ForRooms == true;
        if (IsConnected && (isForRooms || IsContact))
        {
            return ConnectOutcome.AlreadyConnected;
        }

        if (isForRooms ? AcceptForRooms() : Accept())
        {
            return ConnectOutcome.AcceptedTheirRequest;
        }

        // The user asks for more than an attempt for a room does.
        if (HasSentRequest && (isForRooms || !_lifecycle.Attempt.IsForRooms))
        {
            return ConnectOutcome.AlreadyRequested;
        }

        (_contact.Name, _request) = (name, request);
        _lifecycle.Attempt.Begin(isForRooms);
        return ConnectOutcome.Dial;
    }

    /// <summary>
    /// Starts to look for a better path while connected, or while this side's request waits for an answer. The links
    /// that follow ask like those of <see cref="BeginConnect"/>. If they fail while connected, nothing is reported. A
    /// request whose links are all lost fails at <see cref="EndUpgrade"/>.
    /// </summary>
    /// <returns>False if the two are not connected and there is no request.</returns>
    public bool BeginUpgrade()
    {
        if (!IsConnected && !HasSentRequest)
        {
            return false;
        }

        if (IsConnected && !HasSentRequest)
        {
            // The invite of an earlier request has done its work.
            _request = IsForRooms ? new Request { ForRooms = true } : null;
        }

        _lifecycle.Attempt.BeginSearch();
        return true;
    }

    /// <summary>Records that the search produces no more links. A request that has none left fails.</summary>
    public void EndUpgrade() => _lifecycle.Attempt.EndSearch();

    /// <summary>
    /// Records that dialling has ended without a link of its own, because the other side has found a path. The request
    /// fails if that link has been lost meanwhile, or with it.
    /// </summary>
    public void DialEnded() => _lifecycle.Attempt.EndDial();

    /// <summary>Records that dialling failed.</summary>
    public void ConnectFailed() => _lifecycle.Attempt.End();

    /// <summary>Adds a link on which TLS is established.</summary>
    /// <param name="id">The caller's number for the link. Numbers ascend.</param>
    /// <param name="startedAt">When the first byte was sent or received.</param>
    /// <param name="asksToo">
    /// Whether this side also asks on a link that the other side's search has found. Needed if both searched, because
    /// each would wait for the other's request.
    /// </param>
    /// <remarks>
    /// A link on which this side asks needs an earlier <see cref="BeginConnect"/> or <see cref="BeginUpgrade"/>.
    /// </remarks>
    public void LinkUp(int id, LinkOrigin origin, DateTimeOffset startedAt, bool asksToo = false)
    {
        if (!origin.IsRequester && _links.Pending >= MaxPendingLinks)
        {
            _effects.Add(new SessionEffect.Close(id, CloseReason.Overloaded));
            return;
        }

        var isAttempt = _lifecycle.Attempt.AddLink(origin.IsRequester, asksToo &= IsConnected || HasSentRequest);
        origin = origin with { IsRequester = origin.IsRequester || asksToo };
        var number = origin.IsTlsClient ? _links.NextNumber(startedAt) : 0;
        var expected = origin.IsRequester ? RemoteName : null;
        // A search may have begun before the two became contacts.
        _request = IsContact && _request?.ForRooms == true ? null : _request;
        var handshake = new LinkHandshake(_selfName, expected, origin, startedAt, _options, number, _request);
        var link = new SessionLink(id, origin, isAttempt, handshake);
        _links.Add(link);
        _lifecycle.Apply(link, handshake.Start());
    }

    /// <summary>Removes a link that has ended.</summary>
    /// <param name="reason">From the other side's Close, or <see cref="CloseReason.ConnectionLost"/>.</param>
    /// <param name="byRemote">Whether the other side sent a Close.</param>
    public void LinkDown(int id, CloseReason reason, bool byRemote)
    {
        if (_links.TryGet(id, out var link))
        {
            _lifecycle.Remove(link, reason, byRemote);
        }
    }

    /// <summary>
    /// Receives all frames but Ping, Pong and Close, which the link handles. A run of messages is one step,
    /// acknowledged once.
    /// </summary>
    public void Receive(int id, IReadOnlyList<IncomingFrame> frames, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(frames);
        for (var i = 0; i < frames.Count; )
        {
            if (!_links.TryGet(id, out var link))
            {
                return;
            }

            if (link.IsOpen)
            {
                i = Conversation.Receive(id, frames, i);
            }
            else
            {
                _lifecycle.Apply(link, link.Handshake.Receive(frames[i++].ToFrame(), now));
            }
        }
    }

    /// <summary>Handles the answer to <see cref="SessionEffect.CheckName"/>.</summary>
    public void NameChecked(int id, NameCheck result, DateTimeOffset now)
    {
        if (!_links.TryGet(id, out var link))
        {
            return;
        }

        var name = link.Handshake.RemoteName;
        if (result == NameCheck.Confirmed && _lifecycle.IsNamed && name != RemoteName)
        {
            result = NameCheck.Mismatch;
        }

        if (result == NameCheck.Confirmed)
        {
            _contact.Name = name;
        }

        _lifecycle.Apply(link, link.Handshake.NameChecked(result, now));
    }

    /// <summary>Accepts the other side's request.</summary>
    /// <param name="inviteId">The id of this side's invite that the request proves; empty if none.</param>
    /// <returns>False if there is none.</returns>
    public bool Accept(ReadOnlyMemory<byte> inviteId = default)
    {
        if (HasReceivedRequest)
        {
            // Before the handshake's own, which has no invite and then changes nothing.
            _contact.Accept(inviteId);
        }

        return _lifecycle.Answer(isForRooms: false, handshake => handshake.Accept());
    }

    /// <summary>Accepts the other side's request because both are members of a room.</summary>
    /// <returns>False if there is none.</returns>
    public bool AcceptForRooms() => _lifecycle.Answer(isForRooms: true, handshake => handshake.Accept());

    /// <summary>Rejects the other side's request that is for the rooms of both only.</summary>
    /// <returns>False if there is none.</returns>
    public bool RejectForRooms() => _lifecycle.Answer(isForRooms: true, one => one.Reject(RejectReason.Busy));

    /// <summary>
    /// Makes the inviter a contact before it has answered: it accepts by the invite. Messages may be queued at once.
    /// </summary>
    /// <returns>False if the other side is connected, or is being connected, under another name.</returns>
    public bool AcceptInviter(Username name) => TryAccept(name, isForRooms: false);

    /// <summary>
    /// Accepts a member of a room before there is a link, so that events may be queued. A contact stays one.
    /// </summary>
    /// <returns>False if it is a contact, or if it is connected under another name.</returns>
    public bool AcceptMember(Username name) => !IsContact && TryAccept(name, isForRooms: true);

    /// <summary>Tells the other side why the invite in its waiting request does not count.</summary>
    /// <param name="isForRooms">Whether it is a link to a room.</param>
    public void ReportInvite(InviteState state, bool isForRooms = false) => _lifecycle.ReportInvite(state, isForRooms);

    /// <summary>Rejects the other side's request.</summary>
    /// <returns>False if there is none.</returns>
    public bool Reject(RejectReason reason) => _lifecycle.Answer(isForRooms: false, one => one.Reject(reason));

    /// <summary>
    /// Removes the contact and abandons all undelivered messages. Afterwards either side must send a request to
    /// connect. Does not close links; see <see cref="End"/>.
    /// </summary>
    public void RemoveContact() => _contact.Remove(Conversation);

    /// <summary>Closes all links and withdraws this side's request.</summary>
    public void End(CloseReason reason)
    {
        // The conversation's link is closed last, so that its messages do not move to a link that is about to be
        // closed.
        foreach (var link in _links.All.OrderBy(link => link.Id == Conversation.CurrentLink).ToList())
        {
            _lifecycle.Close(link, reason);
        }

        _lifecycle.Attempt.Withdraw(reason);
    }

    /// <summary>Closes one link for a reason that only its owner sees: a bad frame, silence, or a full queue.</summary>
    public void EndLink(int id, CloseReason reason)
    {
        if (_links.TryGet(id, out var link))
        {
            _lifecycle.Close(link, reason);
        }
    }

    /// <summary>
    /// Ends handshakes and requests that took too long, and lets the conversation proceed after a pause.
    /// </summary>
    public void Tick(DateTimeOffset now)
    {
        foreach (var link in _links.All.ToList())
        {
            _lifecycle.Apply(link, link.Handshake.Tick(now));
        }

        Conversation.Tick(now);
    }

    /// <summary>Grants the other side a capability for this side's mailbox.</summary>
    /// <returns>False if no link is open.</returns>
    public bool GrantMailbox(ReadOnlyMemory<byte> capability) =>
        TrySend(
            new Frame { MailboxGrant = new MailboxGrant { Capability = UnsafeByteOperations.UnsafeWrap(capability) } }
        );

    /// <summary>Tells the other side at which address it reaches the directory that this side's machine runs.</summary>
    /// <returns>False if no link is open.</returns>
    public bool SendDirectoryAddress(string address) =>
        TrySend(new Frame { DirectoryAddress = new DirectoryAddress { Url = address } });

    /// <summary>Sends this side's profile.</summary>
    /// <param name="link">The link on which the other side asked; null for the conversation's link.</param>
    /// <returns>False if the link is not open, or none is.</returns>
    public bool SendProfile(Profile profile, int? link = null) =>
        TrySend(new Frame { Profile = profile }, link ?? Conversation.CurrentLink);

    /// <summary>Tells the other side which of its profiles this side has.</summary>
    /// <returns>False if the link is not open.</returns>
    public bool SendProfileKnown(int link, ulong version) =>
        TrySend(new Frame { ProfileKnown = new ProfileKnown { Version = version } }, link);

    /// <summary>Tells the other side something about a room that both are in.</summary>
    /// <returns>False if no link is open.</returns>
    public bool SendRoomSignal(RoomSignal signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        return TrySend(signal.ToFrame());
    }

    /// <summary>
    /// Makes the other side a contact without a link: by its invite, by accepting its request that came by mail, or
    /// because it has accepted this side's request.
    /// </summary>
    /// <param name="introduction">What envelopes begin with until the other side is known to know.</param>
    /// <param name="capability">The capability for the other side's mailbox.</param>
    /// <param name="inviteId">The id of this side's invite that the other side has used; empty if none.</param>
    /// <returns>False if the other side has another name at present.</returns>
    public bool AcceptByMail(
        Username name,
        MailIntroduction introduction,
        ReadOnlyMemory<byte> capability,
        ReadOnlyMemory<byte> inviteId = default
    )
    {
        if (!_mail.Accept(name, introduction, capability, inviteId, IsConnected))
        {
            return false;
        }

        // The other side may be waiting on a link as well.
        _ = Accept();
        return true;
    }

    /// <inheritdoc cref="MailboxTransfer.Compose"/>
    /// <param name="request">
    /// Sent first while <see cref="Introduction"/> says so; null for one without an invite.
    /// </param>
    /// <param name="grant">The capability for this side's mailbox, sent with an introduction; empty for none.</param>
    public bool ComposeMail(int maxBytes, Request? request = null, ReadOnlyMemory<byte> grant = default) =>
        _mail.Compose(maxBytes, request, grant);

    /// <inheritdoc cref="MailboxTransfer.OnDeposited"/>
    public void Deposited(ConversationMail mail) => _mail.OnDeposited(mail);

    /// <inheritdoc cref="MailboxTransfer.OnMailboxesLost"/>
    public void MailboxesLost() => _mail.OnMailboxesLost();

    /// <summary>Receives the frames of an envelope from the authenticated other side.</summary>
    /// <param name="mail">The caller's number for the envelope, the same each time it is fetched.</param>
    /// <returns>Also <see cref="MailOutcome.Bad"/> if the other side is not a contact.</returns>
    public MailOutcome ReceiveMail(long mail, IReadOnlyList<Frame> frames) => _mail.Receive(mail, frames);

    /// <summary>Whether both sides have accepted each other on a link.</summary>
    internal bool IsOpen(int id) => _links.TryGet(id, out var link) && link.IsOpen;

    private bool TryAccept(Username name, bool isForRooms)
    {
        if (_lifecycle.IsNamed && RemoteName != name)
        {
            return false;
        }

        _contact.Name = name;
        _lifecycle.EndForRooms(unless: isForRooms);
        _contact.Accept(isForRooms: isForRooms);
        return true;
    }

    private bool TrySend(Frame frame, int? id = null)
    {
        if ((id ?? _links.Preferred?.Id) is not { } link || !IsOpen(link))
        {
            return false;
        }

        _effects.Add(new SessionEffect.Transmit(link, frame));
        return true;
    }
}
