using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>
/// Manages each link from its handshake to its end: answers requests, opens the conversation, and closes duplicate
/// links.
/// </summary>
internal sealed class LinkLifecycle : IConversationHost
{
    private readonly LinkSet _links;
    private readonly ContactState _contact;
    private readonly SessionEffectQueue _effects;
    private readonly LinkRelation _relation;
    private LinkPath _path;

    public LinkLifecycle(
        LinkSet links,
        ContactState contact,
        SessionEffectQueue effects,
        ConversationSnapshot snapshot,
        ConversationOptions options
    )
    {
        (_links, _contact, _effects) = (links, contact, effects);
        Attempt = new ConnectAttempt(links, effects);
        Conversation = new Conversation(snapshot, options, host: this);
        _relation = new LinkRelation(links, contact, Attempt, Conversation, effects);
    }

    public Conversation Conversation { get; }

    /// <inheritdoc cref="PeerSession.Path"/>
    public LinkPath Path =>
        Conversation.CurrentLink is { } id && _links.TryGet(id, out var link)
            ? link.Path
            : _links.Preferred?.Path ?? LinkPath.Unspecified;

    /// <summary>This side's attempt to connect.</summary>
    public ConnectAttempt Attempt { get; }

    /// <summary>
    /// Whether the other side's name is fixed by a connection or a request. A second name at the same time would split
    /// the conversation, or be accepted in place of the first.
    /// </summary>
    public bool IsNamed => _links.HasOpen || Attempt.IsInProgress || _links.WithRequest.Any();

    /// <summary>Executes the effects of a link's handshake.</summary>
    public void Apply(SessionLink link, IReadOnlyList<HandshakeEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case HandshakeEffect.Send { Frame.BodyCase: Frame.BodyOneofCase.Accept }
                or HandshakeEffect.Opened when _relation.IsOutdated(link):
                    Close(link, CloseReason.Duplicate);
                    return;
                case HandshakeEffect.Send send:
                    // The accept must be stored before the other side sees it.
                    if (send.Frame.BodyCase == Frame.BodyOneofCase.Accept)
                    {
                        _relation.Accept(link);
                    }

                    _effects.Add(new SessionEffect.Transmit(link.Id, send.Frame));
                    break;
                case HandshakeEffect.CheckName check:
                    _effects.Add(new SessionEffect.CheckName(link.Id, check.Name));
                    break;
                case HandshakeEffect.RequestReceived received:
                    OnRequest(link, received.Request);
                    break;
                case HandshakeEffect.InviteRefused refused:
                    _effects.Add(new SessionEffect.InviteRefused(refused.State, link.Handshake.RoomLink));
                    break;
                case HandshakeEffect.Opened:
                    OnOpened(link);
                    break;
                case HandshakeEffect.Rejected rejected:
                    _relation.OnRejected(link, rejected.Reason);
                    break;
                case HandshakeEffect.Finish finish:
                    Close(link, finish.Reason);
                    break;
            }
        }
    }

    /// <summary>The link with the pending request; null if there is none.</summary>
    /// <param name="isForRooms">Whether a request for the rooms of both is meant, or one to become contacts.</param>
    public SessionLink? FindRequest(bool isForRooms) =>
        _links.WithRequest.FirstOrDefault(link => link.Handshake.IsAskedForRooms == isForRooms);

    /// <summary>Answers the pending request.</summary>
    /// <returns>False if there is none.</returns>
    public bool Answer(bool isForRooms, Func<LinkHandshake, IReadOnlyList<HandshakeEffect>> answer)
    {
        if (FindRequest(isForRooms) is not { } link)
        {
            return false;
        }

        link.HasRequest = false;
        Apply(link, answer(link.Handshake));
        return true;
    }

    /// <summary>Tells the other side why the invite in its pending request does not count.</summary>
    public void ReportInvite(InviteState state, bool isForRooms)
    {
        if (FindRequest(isForRooms) is { } link)
        {
            Apply(link, link.Handshake.ReportInvite(state));
        }
    }

    /// <summary>
    /// Ends what is for rooms, because this side becomes a contact without a link. The other side does not know, so the
    /// next link or mail has to tell it.
    /// </summary>
    /// <param name="unless">Whether it becomes an acquaintance instead.</param>
    public void EndForRooms(bool unless = false)
    {
        foreach (var link in unless ? [] : _relation.EndForRooms())
        {
            Close(link, CloseReason.Duplicate);
        }
    }

    /// <summary>Closes a link from this side.</summary>
    public void Close(SessionLink link, CloseReason reason)
    {
        _effects.Add(new SessionEffect.Close(link.Id, reason));
        Remove(link, reason, byRemote: false);
    }

    /// <summary>Removes a link that has ended.</summary>
    /// <param name="byRemote">Whether the other side sent a Close.</param>
    public void Remove(SessionLink link, CloseReason reason, bool byRemote)
    {
        if (byRemote && reason is CloseReason.Ended or CloseReason.GoingAway)
        {
            // The other side has ended all of its links. This side may not have noticed yet that an older one is dead.
            foreach (var older in _links.Open.Where(other => LinkSet.IsOlder(other, link)).ToList())
            {
                _effects.Add(new SessionEffect.Close(older.Id, CloseReason.Duplicate));
                RemoveOne(older, reason, byRemote: true);
            }
        }

        RemoveOne(link, reason, byRemote);
    }

    bool IConversationHost.IsForRooms => _contact.IsForRooms;

    void IConversationHost.Emit(SessionEffect effect) => _effects.Add(effect);

    void IConversationHost.OnResumed(int id)
    {
        if (!_links.TryGet(id, out var link))
        {
            return;
        }

        link.IsResumed = true;
        if (_contact.OnResumed())
        {
            Conversation.Mail.OnMailboxesLost();
        }

        if (_links.Preferred == link)
        {
            foreach (var other in _links.Open.Where(other => other != link).ToList())
            {
                Close(other, CloseReason.Duplicate);
            }
        }

        UpdatePath();
    }

    void IConversationHost.OnViolation(int id)
    {
        if (_links.TryGet(id, out var link))
        {
            Close(link, CloseReason.ProtocolViolation);
        }
    }

    private void RemoveOne(SessionLink link, CloseReason reason, bool byRemote)
    {
        _ = link.Handshake.End(reason);
        var wasPreferred = _links.Preferred == link;
        _links.Remove(link);
        if (link.IsOpen)
        {
            OnOpenLinkRemoved(link, wasPreferred, reason, byRemote);
        }
        else if (link.HasRequest)
        {
            if (!link.Handshake.IsAskedForRooms)
            {
                _effects.Add(new SessionEffect.RequestWithdrawn(reason));
            }
        }
        else if (link.IsAttempt)
        {
            Attempt.OnLinkLost(reason, byRemote);
        }
    }

    private void OnRequest(SessionLink link, Request request)
    {
        if (IsNamed && link.Handshake.RemoteName != _contact.Name)
        {
            Close(link, CloseReason.NameMismatch);
            return;
        }

        _contact.Name = link.Handshake.RemoteName;
        // The answer to the newest request answers older ones from the same peer.
        foreach (var older in _links.WithRequest.Where(other => LinkRelation.IsSameKind(other, link)).ToList())
        {
            Close(older, CloseReason.Duplicate);
        }

        if (_relation.NeedsNoDecision(request))
        {
            Apply(link, link.Handshake.Accept());
            return;
        }

        if (_relation.IsOutdated(link))
        {
            // As if busy, so that the other side asks again.
            Apply(link, link.Handshake.Reject(RejectReason.Busy));
            return;
        }

        link.HasRequest = true;
        var isContact = _contact.IsContact && _contact.AcceptedAs == _contact.Name;
        _effects.Add(new SessionEffect.RequestArrived(_contact.Name!.Value, isContact, request));
    }

    private void OnOpened(SessionLink link)
    {
        var isNew = _relation.OnOpening(link);
        _links.MarkOpen(link);
        link.IsAttempt = false;
        _contact.Learn(link.Handshake.RemoteFeatures);
        if (isNew)
        {
            _path = link.Path;
            _effects.Add(new SessionEffect.Connected(_contact.Name!.Value));
        }
        else
        {
            CloseBeyondLimit(link);
        }

        Conversation.LinkOpened(link.Id);
        if (_links.Preferred is { } preferred && preferred != link)
        {
            // Both links stay until a Resume shows that the preferred one works.
            Conversation.ProbeLink(preferred.Id);
        }

        foreach (
            var other in _links
                .WithRequest.Where(other => other.Handshake.IsAskedForRooms == link.Handshake.IsForRooms)
                .ToList()
        )
        {
            other.HasRequest = false;
            Apply(other, other.Handshake.Accept());
        }
    }

    private void CloseBeyondLimit(SessionLink newest)
    {
        var open = _links.Open.ToList();
        if (open.Count > PeerSession.MaxOpenLinks)
        {
            var surplus = open.First(link => link != newest && link.Id != Conversation.CurrentLink);
            Close(surplus, CloseReason.Duplicate);
        }
    }

    private void OnOpenLinkRemoved(SessionLink link, bool wasPreferred, CloseReason reason, bool byRemote)
    {
        Conversation.LinkClosed(link.Id);
        if (_links.Preferred is not { } preferred)
        {
            _effects.Add(new SessionEffect.Disconnected(reason, byRemote));
        }
        else if (Conversation.CurrentLink is null && preferred.IsResumed)
        {
            Conversation.MoveTo(preferred.Id);
        }
        else if (wasPreferred && _links.Open.Skip(1).Any())
        {
            // The other side may use another remaining link. A Resume from both makes them agree, and closes the rest.
            Conversation.ProbeLink(preferred.Id);
        }

        UpdatePath();
    }

    private void UpdatePath()
    {
        if (_links.HasOpen && Path != _path)
        {
            _path = Path;
            _effects.Add(new SessionEffect.PathChanged(_path));
        }
    }
}
