using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>
/// The other side's name, whether the two have accepted each other under it, and whether both know that.
/// </summary>
internal sealed class ContactState(SessionSnapshot snapshot, SessionEffectQueue effects)
{
    private MailIntroduction _introduction = snapshot.Introduction;
    private bool _isRequestDeposited;
    private bool _mayNotKnow = snapshot.IsUnconfirmed;

    /// <inheritdoc cref="PeerSession.RemoteName"/>
    public Username? Name { get; set; } = snapshot.AcceptedAs;

    /// <inheritdoc cref="PeerSession.AcceptedAs"/>
    public Username? AcceptedAs { get; private set; } = snapshot.AcceptedAs;

    /// <inheritdoc cref="PeerSession.IsForRooms"/>
    public bool IsForRooms { get; private set; } = snapshot.IsForRooms;

    /// <inheritdoc cref="PeerSession.IsContact"/>
    public bool IsContact => AcceptedAs is not null && !IsForRooms;

    /// <summary>
    /// Whether the other side may take this contact for an acquaintance, because nothing has shown since the accept
    /// that it knows better.
    /// </summary>
    public bool IsUnconfirmed => IsContact && _mayNotKnow;

    /// <inheritdoc cref="PeerSession.Introduction"/>
    public MailIntroduction Introduction => _introduction;

    /// <inheritdoc cref="PeerSession.Features"/>
    public PeerFeatures Features { get; private set; } = snapshot.Features;

    /// <summary>
    /// Whether an envelope is needed for the introduction alone. A request goes out once in each process, because the
    /// directory may have lost or expired the last one.
    /// </summary>
    public bool IsIntroductionOwed =>
        _introduction == MailIntroduction.Accept || (_introduction == MailIntroduction.Request && !_isRequestDeposited);

    /// <inheritdoc cref="PeerSession.Snapshot"/>
    public SessionSnapshot SnapshotWith(ConversationSnapshot conversation) =>
        new(AcceptedAs, conversation)
        {
            IsForRooms = IsForRooms,
            IsUnconfirmed = IsUnconfirmed,
            Introduction = Introduction,
            Features = Features,
        };

    /// <summary>Records that the two have accepted each other under <see cref="Name"/>.</summary>
    /// <param name="inviteId">The id of this side's invite that the other side has used; empty if none.</param>
    /// <param name="isForRooms">Whether the two do not become contacts.</param>
    public void Accept(ReadOnlyMemory<byte> inviteId = default, bool isForRooms = false)
    {
        if (AcceptedAs == Name && IsForRooms == isForRooms)
        {
            return;
        }

        (AcceptedAs, IsForRooms, _mayNotKnow) = (Name, isForRooms, !isForRooms);
        effects.Add(
            new SessionEffect.Store(
                new Change.Accepted(Name!.Value, inviteId) { Introduction = _introduction, IsForRooms = isForRooms }
            )
        );
    }

    /// <summary>Records the features in the other side's Hello on an open link.</summary>
    public void Learn(PeerFeatures features)
    {
        if (features != Features)
        {
            Features = features;
            effects.Add(new SessionEffect.Store(new Change.FeaturesChanged(features)));
        }
    }

    /// <summary>Records that this side has accepted the other without a link.</summary>
    public void AcceptByMail(
        MailIntroduction introduction,
        ReadOnlyMemory<byte> capability,
        ReadOnlyMemory<byte> inviteId
    )
    {
        if (IsContact && AcceptedAs == Name)
        {
            // It may have removed this side since, or asks because an answer was lost.
            if (
                introduction == MailIntroduction.Accept
                || (introduction == MailIntroduction.Request && _introduction == MailIntroduction.None)
            )
            {
                _isRequestDeposited = false;
                Introduce(introduction, capability);
                effects.Add(new SessionEffect.MailboxGranted(capability));
            }

            return;
        }

        (AcceptedAs, IsForRooms, _mayNotKnow) = (Name, false, true);
        (_introduction, _isRequestDeposited) = (introduction, false);
        effects.Add(
            new SessionEffect.Store(
                new Change.Accepted(Name!.Value, inviteId) { Introduction = introduction, Capability = capability }
            )
        );
        effects.Add(new SessionEffect.MailboxGranted(capability));
        effects.Add(new SessionEffect.AcceptedByMail(Name.Value, introduction, inviteId));
    }

    /// <summary>Records that the other side's Resume arrived on a link, so that it knows of the contact.</summary>
    /// <returns>Whether it may have deleted envelopes before, because its user had not accepted.</returns>
    public bool OnResumed()
    {
        Confirm();
        var wasRequest = _introduction == MailIntroduction.Request;
        if (_introduction != MailIntroduction.None)
        {
            Introduce(MailIntroduction.None, capability: null);
        }

        return wasRequest;
    }

    /// <inheritdoc cref="PeerSession.ReceiveMail"/>
    public MailOutcome ReceiveMail(long mail, IReadOnlyList<Frame> frames, Conversation conversation)
    {
        var head = EnvelopeHead.Of(frames);
        // Only contacts are introduced by mail. A member of a room that asks to become one is a stranger.
        if (AcceptedAs is null || (IsForRooms && head.Count > 0))
        {
            return MailOutcome.Bad;
        }

        var isConfirmed = Receive(head);
        var outcome = MailOutcome.Accepted;
        if (head.Count > 0 && head.Count == frames.Count)
        {
            effects.Add(new SessionEffect.MailReceived(mail));
        }
        else
        {
            outcome = conversation.Mail.Receive(mail, head.Count == 0 ? frames : [.. frames.Skip(head.Count)]);
        }

        // The other side may have deleted envelopes before its user accepted.
        if (isConfirmed)
        {
            conversation.Mail.OnMailboxesLost();
        }

        return outcome;
    }

    /// <summary>The frames with which the next envelope begins.</summary>
    /// <param name="request">Sent while the introduction is a request.</param>
    /// <param name="grant">The capability for this side's mailbox; empty for none.</param>
    public IReadOnlyList<Frame> CreateHead(Request request, ReadOnlyMemory<byte> grant)
    {
        var first = _introduction switch
        {
            MailIntroduction.Request => new Frame { Request = request },
            MailIntroduction.Accept => new Frame { Accept = new Accept() },
            _ => null,
        };
        return first is null ? []
            : grant.IsEmpty ? [first]
            :
            [
                first,
                new Frame { MailboxGrant = new MailboxGrant { Capability = UnsafeByteOperations.UnsafeWrap(grant) } },
            ];
    }

    /// <summary>Records that an envelope is in the other side's mailbox.</summary>
    public void OnDeposited(ConversationMail mail)
    {
        var head = EnvelopeHead.Of(mail.Frames);
        _isRequestDeposited |= head.Request is not null;
        if (head.IsAccept && _introduction == MailIntroduction.Accept)
        {
            Introduce(MailIntroduction.None, capability: null);
        }
    }

    /// <summary>Records that the directory has lost its mailboxes.</summary>
    public void OnMailboxesLost() => _isRequestDeposited = false;

    /// <inheritdoc cref="PeerSession.RemoveContact"/>
    public void Remove(Conversation conversation)
    {
        // The contact is removed last, so that after a crash in between all of it is done again.
        conversation.AbandonAll(AbandonReason.Refused);
        if (AcceptedAs is null)
        {
            return;
        }

        (AcceptedAs, IsForRooms, _introduction, _mayNotKnow) = (null, false, MailIntroduction.None, false);
        effects.Add(new SessionEffect.Store(new Change.ContactRemoved()));
    }

    // Returns whether the other side has confirmed the contact for the first time.
    private bool Receive(in EnvelopeHead head)
    {
        if (head.IsAccept)
        {
            Confirm();
        }

        var isConfirmed = _introduction == MailIntroduction.Request && (head.IsAccept || head.Request is not null);
        if (head.Request is not null)
        {
            Introduce(MailIntroduction.Accept, head.Grant);
        }
        else if (isConfirmed)
        {
            Introduce(MailIntroduction.None, head.Grant);
        }

        if (head.Grant is { } grant)
        {
            effects.Add(new SessionEffect.MailboxGranted(grant));
        }

        if (isConfirmed)
        {
            effects.Add(new SessionEffect.ConfirmedByMail(AcceptedAs!.Value));
        }

        return isConfirmed;
    }

    private void Confirm()
    {
        if (_mayNotKnow)
        {
            _mayNotKnow = false;
            effects.Add(new SessionEffect.Store(new Change.Confirmed()));
        }
    }

    private void Introduce(MailIntroduction introduction, ReadOnlyMemory<byte>? capability)
    {
        _introduction = introduction;
        _mayNotKnow |= introduction != MailIntroduction.None;
        effects.Add(new SessionEffect.Store(new Change.Introduced(introduction, capability)));
    }
}
