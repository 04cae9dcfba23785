using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Result of <see cref="Conversation.Send"/>.</summary>
public enum SendOutcome
{
    Queued,

    /// <summary>The text is empty or longer than <see cref="ConversationOptions.MaxTextBytes"/>.</summary>
    BadText,

    /// <summary>Too many messages are unacknowledged.</summary>
    OutboxFull,

    /// <summary>It changes an own message that a delete in the outbox deletes.</summary>
    TargetDeleted,
}

/// <summary>
/// The messages between this peer and one other (docs/protocol.md, section 7), independent of links. Each link opens
/// with a Resume from both sides, after which unacknowledged messages are sent again. A sans-IO state machine, not
/// thread-safe.
/// </summary>
/// <remarks>
/// Messages use the link on which a Resume arrived last; without a link they can go by mail. State that must survive a
/// crash is reported by <see cref="SessionEffect.Store"/> and restored from a <see cref="ConversationSnapshot"/>.
/// </remarks>
public sealed class Conversation
{
    // A host name has at most 253 characters.
    private const int MaxDirectoryAddressLength = 300;

    private readonly IConversationHost _host;
    private readonly Outbox _outbox;
    private readonly Inbox _inbox;
    private readonly ConversationLinks _links = new();
    private readonly CopyRecovery _recovery;
    private readonly OwedReplies _owed;
    private readonly ResumeSender _resumes;
    private readonly MessageSender _sender;
    private readonly EpochSwitcher _epochs;
    private readonly AcknowledgementReceiver _acknowledgements;
    private readonly MessageReceiver _receiver;
    private readonly ResumeNegotiation _negotiation;
    private readonly PresenceSignals _presence;

    /// <summary>Restores a conversation from its snapshot.</summary>
    internal Conversation(ConversationSnapshot snapshot, ConversationOptions options, IConversationHost host)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(snapshot.Epoch, nameof(snapshot));
        _host = host;
        (_outbox, _inbox) = (new Outbox(snapshot, options), new Inbox(snapshot));
        _recovery = new CopyRecovery(_outbox, options);
        _owed = new OwedReplies(snapshot.AckOwed, host);
        _resumes = new ResumeSender(_outbox, _inbox, _links, host);
        _sender = new MessageSender(_outbox, _recovery, _links, options, host);
        _epochs = new EpochSwitcher(_outbox, _recovery, _sender, _resumes, host);
        _acknowledgements = new AcknowledgementReceiver(
            _outbox,
            snapshot.ReadByThem,
            _recovery,
            _epochs,
            _links,
            _resumes,
            host
        );
        var heldMail = new HeldMail(_inbox, options.HeldMails, host);
        _receiver = new MessageReceiver(_inbox, _outbox, _recovery, _owed, heldMail, _links, options, host);
        _negotiation = new ResumeNegotiation(_inbox, _receiver, _acknowledgements, _recovery, _epochs, _resumes);
        _presence = new PresenceSignals(_links, host);
        Mail = new MailboxTransfer(
            _outbox,
            _recovery,
            _sender,
            _receiver,
            _acknowledgements,
            _negotiation,
            _resumes,
            _owed,
            heldMail,
            _links,
            host
        );
    }

    /// <summary>
    /// Number of unacknowledged messages, and of Skips that may still be acknowledged as their message.
    /// </summary>
    public int Unacknowledged => _outbox.Unacknowledged;

    /// <summary>Bytes of text and content in unacknowledged messages.</summary>
    public int UnacknowledgedBytes => _outbox.Bytes;

    /// <summary>
    /// The number of deletes that either side has sent since the start. A text that was read before it grew may be
    /// deleted by now.
    /// </summary>
    public long Deletes => _sender.DeletesSent + _receiver.DeletesReceived;

    /// <summary>The sum of all <see cref="Change"/>s so far.</summary>
    public ConversationSnapshot Snapshot =>
        new(_outbox.Epoch)
        {
            Base = _outbox.Base,
            Checksum = _outbox.Checksum,
            Acknowledged = _outbox.Acknowledged,
            Outbox = _outbox.Entries,
            ReadByThem = _acknowledgements.ReadByThem,
            TheirEpoch = _inbox.Epoch,
            TheirNext = _inbox.Next,
            TheirChecksum = _inbox.Checksum,
            TheirKept = _inbox.Kept,
            TheirPast = _inbox.Past,
            ReadNext = _inbox.ReadNext,
            AckOwed = _owed.IsAckOwed,
        };

    internal MailboxTransfer Mail { get; }

    /// <summary>The link that carries messages; null if there is none.</summary>
    internal int? CurrentLink => _links.Current;

    /// <summary>When to call <see cref="Tick"/> next; null for never.</summary>
    internal DateTimeOffset? Deadline => _recovery.Deadline;

    /// <summary>Queues a message. It is transmitted now or when a link and the window allow.</summary>
    public SendOutcome Send(OutgoingMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return _sender.Send(message);
    }

    /// <summary>Removes the bodies of a room's events, which were deleted for everyone, from what waits.</summary>
    public void Erase(Func<RoomEventId, bool> isDeleted) => _sender.Erase(isDeleted);

    /// <inheritdoc cref="MessageSender.Expire"/>
    public void Expire(TimeReading now) => _sender.Expire(now);

    /// <summary>Marks the other side's messages below a sequence as read by this side's person.</summary>
    /// <returns>False if they are already, or if that epoch is over.</returns>
    public bool MarkRead(ulong epoch, ulong next) => _receiver.MarkRead(epoch, next);

    /// <summary>Signals that this side's person has started or stopped typing.</summary>
    public void SetTyping(bool active) => _presence.SetTyping(active);

    /// <summary>Signals whether this side's person is present, on this link and later ones.</summary>
    public void SetPresence(PresenceState state) => _presence.SetPresence(state);

    /// <summary>
    /// Renumbers all unacknowledged messages in a new epoch. Needed after this peer was restored from an older copy:
    /// its old sequences may have been used since, and the other side would drop its messages as duplicates.
    /// </summary>
    /// <param name="epoch">From <see cref="Epochs"/>, and higher than the present one where possible.</param>
    public void BeginEpoch(ulong epoch) => _epochs.Begin(epoch);

    /// <summary>Handles the store's answer to a <see cref="SessionEffect.Recall"/>.</summary>
    /// <param name="messages">To be sent again, oldest first, within the limits of the Recall.</param>
    /// <param name="lost">Other messages that the other side has lost.</param>
    public void Recalled(SessionEffect.Recall recall, IReadOnlyList<OutgoingMessage> messages, IReadOnlyList<Guid> lost)
    {
        ArgumentNullException.ThrowIfNull(recall);
        _epochs.OnRecalled(recall, messages, lost);
    }

    /// <summary>
    /// Records that the store could not answer a <see cref="SessionEffect.Recall"/>. Repeated in a minute.
    /// </summary>
    public void NotRecalled(SessionEffect.Recall recall)
    {
        ArgumentNullException.ThrowIfNull(recall);
        _recovery.OnRecallFailed(recall);
    }

    /// <inheritdoc cref="MessageSender.Abandon"/>
    internal bool Abandon(Guid id, AbandonReason reason) => _sender.Abandon(id, reason);

    /// <inheritdoc cref="MessageSender.AbandonAll"/>
    internal void AbandonAll(AbandonReason reason) => _sender.AbandonAll(reason);

    /// <inheritdoc cref="EpochSwitcher.Tick"/>
    internal void Tick(DateTimeOffset now) => _epochs.Tick(now);

    /// <summary>Opens the conversation on a link that both sides have accepted.</summary>
    internal void LinkOpened(int link)
    {
        _links.Add(link);
        _resumes.Send(link);
    }

    /// <summary>Sends another Resume, to find out whether the link still works.</summary>
    internal void ProbeLink(int link) => _resumes.Send(link);

    /// <summary>Ends the conversation on a link. Unacknowledged messages are sent again on the next.</summary>
    internal void LinkClosed(int link)
    {
        _links.Remove(link);
        if (_links.IsEmpty)
        {
            _presence.Reset();
        }
    }

    /// <summary>Moves the messages to a link on which a Resume arrived earlier.</summary>
    internal void MoveTo(int link)
    {
        _resumes.Send(link);
        _links.Current = link;
        _outbox.Rewind();
        RepeatSignals(link);
        _sender.TransmitPending();
    }

    /// <summary>Receives a run of messages and Skips as one step, or one frame of another kind.</summary>
    /// <param name="from">Index of the first frame.</param>
    /// <returns>The index after the last frame that was received.</returns>
    internal int Receive(int link, IReadOnlyList<IncomingFrame> frames, int from)
    {
        if (!_links.Contains(link))
        {
            return from + 1;
        }

        if (MessageReceiver.IsItem(frames[from]))
        {
            return _receiver.ReceiveRun(link, frames, from);
        }

        if (!TryReceive(link, frames[from].ToFrame()))
        {
            _host.OnViolation(link);
        }

        return from + 1;
    }

    /// <returns>False if the frame breaks the protocol.</returns>
    private bool TryReceive(int link, Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Resume:
                return TryResume(link, frame.Resume);
            case Frame.BodyOneofCase.Ack:
                _acknowledgements.OnAcknowledgement(frame.Ack.Epoch, frame.Ack.Next, frame.Ack.Checksum);
                _sender.TransmitPending();
                return true;
            case Frame.BodyOneofCase.Receipt:
                _acknowledgements.OnReceipt(frame.Receipt);
                _sender.TransmitPending();
                return true;
            case Frame.BodyOneofCase.Typing:
                _presence.OnTyping(frame.Typing);
                return true;
            case Frame.BodyOneofCase.Presence:
                _presence.OnPresence(frame.Presence);
                return true;
            case Frame.BodyOneofCase.MailboxGrant:
                OnMailboxGrant(frame.MailboxGrant);
                return true;
            case Frame.BodyOneofCase.DirectoryAddress:
                OnDirectoryAddress(frame.DirectoryAddress.Url);
                return true;
            case Frame.BodyOneofCase.Profile:
                _host.Emit(new SessionEffect.ProfileReceived(frame.Profile, link == CurrentLink));
                return true;
            case Frame.BodyOneofCase.ProfileKnown:
                _host.Emit(new SessionEffect.ProfileAsked(link, frame.ProfileKnown.Version));
                return true;
            case Frame.BodyOneofCase.FileAsk:
            case Frame.BodyOneofCase.FilePart:
            case Frame.BodyOneofCase.FileStop:
            case Frame.BodyOneofCase.FileDecision:
                _host.Emit(new SessionEffect.FileFrame(frame));
                return true;
            case Frame.BodyOneofCase.RoomHeads:
            case Frame.BodyOneofCase.RoomQuestion:
            case Frame.BodyOneofCase.RoomUnavailable:
            case Frame.BodyOneofCase.RoomRead:
            case Frame.BodyOneofCase.RoomTyping:
            case Frame.BodyOneofCase.RoomLinkProof:
            case Frame.BodyOneofCase.RoomLinkStatus:
                OnRoomSignal(frame);
                return true;
            default:
                // An empty frame has a type that this version does not know.
                return frame.BodyCase == Frame.BodyOneofCase.None;
        }
    }

    private bool TryResume(int link, Resume resume)
    {
        if (!ResumeNegotiation.IsValid(resume))
        {
            return false;
        }

        _ = _negotiation.Apply(resume, onLink: true);
        var isMove = _links.Current != link;
        _links.Current = link;
        if (isMove)
        {
            // On the current link, sent messages will still arrive. On another, all are sent again.
            _outbox.Rewind();
        }

        _host.OnResumed(link);
        if (_owed.IsAckOwed)
        {
            _receiver.Acknowledge(link);
        }

        // The acknowledgement may be lost with the link, so it is owed until the other side's base shows that it
        // arrived.
        if (_inbox.Kept is null && resume.SendEpoch == _inbox.Epoch && resume.SendBase >= _inbox.Next)
        {
            _owed.SetAckOwed(false);
        }

        if (isMove)
        {
            RepeatSignals(link);
        }

        _sender.TransmitPending();
        return true;
    }

    // These are sent once and not acknowledged, so they may have been lost with the last link.
    private void RepeatSignals(int link)
    {
        if (!_host.IsForRooms)
        {
            _receiver.RepeatReceipt(link);
            _presence.RepeatPresence(link);
        }

        _host.Emit(new SessionEffect.LinkInUse(link));
    }

    private void OnRoomSignal(Frame frame)
    {
        if (RoomSignal.TryParse(frame) is { } signal)
        {
            _host.Emit(new SessionEffect.RoomSignalled(signal));
        }
    }

    private void OnMailboxGrant(MailboxGrant grant)
    {
        if (grant.Capability.Length == MailboxCapability.Size)
        {
            _host.Emit(new SessionEffect.MailboxGranted(grant.Capability.Memory));
        }
    }

    private void OnDirectoryAddress(string address)
    {
        if (address.Length is > 0 and <= MaxDirectoryAddressLength)
        {
            _host.Emit(new SessionEffect.DirectoryAddress(address));
        }
    }
}
