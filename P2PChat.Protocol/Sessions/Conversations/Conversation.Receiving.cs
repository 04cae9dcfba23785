using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <content>What the other side says on a link.</content>
public sealed partial class Conversation
{
    // Up to where they say that they have read, acknowledged or not.
    private ulong _readAhead;
    private bool _theyType;
    private PresenceState _theirPresence = PresenceState.Active;

    /// <summary>Takes from an open link all that belongs to a conversation.</summary>
    internal void Receive(int link, Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        _ = Receive(link, [new IncomingFrame(frame)], from: 0);
    }

    /// <summary>
    /// Takes of frames that came together all messages and Skips in a row, as one step that is acknowledged once; or one
    /// frame of another kind.
    /// </summary>
    /// <param name="from">The first one's index.</param>
    /// <returns>The index behind what it took.</returns>
    internal int Receive(int link, IReadOnlyList<IncomingFrame> frames, int from)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (!_links.Contains(link))
        {
            return from + 1;
        }

        if (!IsItem(frames[from]))
        {
            TakeOther(link, frames[from].ToFrame());
            return from + 1;
        }

        var next = from;
        // What is missing here comes first: all of it comes again in the other side's next epoch.
        if (_inbox.Kept is not null)
        {
            while (next < frames.Count && IsItem(frames[next]))
            {
                next++;
            }

            return next;
        }

        var (before, delivered, outcome) = (
            _inbox.Stand,
            new List<IncomingMessage>(frames.Count - from),
            InboxOutcome.Fine
        );
        while (outcome == InboxOutcome.Fine && next < frames.Count && IsItem(frames[next]))
        {
            outcome = TakeItem(frames[next++], delivered);
        }

        Taken(before, delivered);
        if (outcome == InboxOutcome.Fine || next - from > 1)
        {
            AcknowledgeTo(link);
        }

        if (outcome != InboxOutcome.Fine)
        {
            _host.OnViolation(link);
        }

        return next;
    }

    private void TakeOther(int link, Frame frame)
    {
        var valid = frame.BodyCase switch
        {
            Frame.BodyOneofCase.Resume => OnResume(link, frame.Resume),
            Frame.BodyOneofCase.Ack => OnAck(frame.Ack),
            Frame.BodyOneofCase.Receipt => OnReceipt(frame.Receipt),
            Frame.BodyOneofCase.Typing => OnTyping(frame.Typing),
            Frame.BodyOneofCase.Presence => OnPresence(frame.Presence),
            Frame.BodyOneofCase.MailboxGrant => OnMailboxGrant(frame.MailboxGrant),
            Frame.BodyOneofCase.None => true,
            _ => false,
        };
        if (!valid)
        {
            _host.OnViolation(link);
        }
    }

    private static bool IsItem(IncomingFrame frame) =>
        frame.BodyCase is Frame.BodyOneofCase.Message or Frame.BodyOneofCase.Skip;

    private bool OnResume(int link, Resume resume)
    {
        if (!IsValid(resume))
        {
            return false;
        }

        _ = TakeResume(resume, onLink: true);

        // On the link that we use already, what was written will arrive; on another all goes once more.
        var moved = _current != link;
        if (moved)
        {
            _outbox.Rewind();
        }

        _current = link;
        _host.OnResumed(link);
        if (_ackOwed)
        {
            AcknowledgeTo(link);
        }

        // Whether it comes there is not known before they say so.
        if (_inbox.Kept is null && resume.SendEpoch == _inbox.Epoch && resume.SendBase >= _inbox.Next)
        {
            SetAckOwed(false);
        }

        if (moved)
        {
            SayAgain(link);
        }

        Pump();
        return true;
    }

    private static bool IsValid(Resume resume) =>
        resume.SendEpoch is > 0 and <= MaxNumber && resume.SendBase is > 0 and <= MaxNumber;

    /// <returns>Whether it shows that this side has lost what the other relies on, and that is new.</returns>
    private bool TakeResume(Resume resume, bool onLink)
    {
        var (before, delivered) = (_inbox.Stand, new List<IncomingMessage>());
        _inbox.Resume(resume, onLink, delivered);
        Taken(before, delivered);
        if (resume.MissingEpoch > 0)
        {
            _recovery.NoteMissing(resume);
            Recover();
        }
        else
        {
            // It may have been put back once more since it said that something was missing. In an envelope it may be old.
            if (onLink)
            {
                _recovery.ForgetLost();
            }

            TakeAcknowledgement(resume.ReceiveEpoch, resume.ReceiveNext, resume.ReceiveChecksum);
        }

        // Once for each epoch: where both sides miss something, each would answer the other without end.
        var (kept, epoch) = (_inbox.Kept, _inbox.Epoch);
        if (kept is null || (kept == before.Kept && epoch == before.At.Epoch))
        {
            return false;
        }

        ResumeAll();
        return true;
    }

    private void TakeAcknowledgement(ulong epoch, ulong next, ulong checksum)
    {
        if (_recovery.IsAcknowledgement(epoch, next, checksum))
        {
            Acknowledged(next, checksum);
        }

        Recover();
    }

    // One of the two is an older copy of itself: they go on in another epoch.
    private void Recover()
    {
        if (_recovery.GiveWay() is { } epoch)
        {
            Renumber(epoch, recalled: null);
        }

        if (_recovery.AskForLost() is { } recall)
        {
            _host.Emit(recall);
        }
    }

    // What is told once, and lost with a link.
    private void SayAgain(int link)
    {
        if (_options.ReadReceipts && _inbox.ReadNext > 0)
        {
            _host.Emit(new SessionEffect.Transmit(link, ReceiptFrame()));
        }

        _receiptOwed = false;
        if (_presence != PresenceState.Active)
        {
            _host.Emit(new SessionEffect.Transmit(link, PresenceFrame()));
        }
    }

    private InboxOutcome TakeItem(IncomingFrame frame)
    {
        var (before, delivered) = (_inbox.Stand, new List<IncomingMessage>());
        var outcome = TakeItem(frame, delivered);
        Taken(before, delivered);
        return outcome;
    }

    private InboxOutcome TakeItem(IncomingFrame frame, List<IncomingMessage> delivered)
    {
        if (frame.Plain is { BodyCase: Frame.BodyOneofCase.Skip } skip)
        {
            return _inbox.Take(skip.Skip, delivered);
        }

        var message = frame.Message ?? IncomingMessage.TryFrom(frame.Plain!.Message, frame.Plain.Traceparent);
        return message is null ? InboxOutcome.Bad : _inbox.Take(message, delivered);
    }

    private void Taken((Position At, ulong Checksum, Position? Kept) before, List<IncomingMessage> delivered)
    {
        if (before == _inbox.Stand)
        {
            return;
        }
        // Of an epoch that is over nothing is left to be told.
        if (before.At.Epoch != _inbox.Epoch)
        {
            _receiptOwed = false;
        }

        _host.Emit(
            new SessionEffect.Store(
                new Change.Took(_inbox.Epoch, _inbox.Next, delivered, _inbox.Checksum) { Kept = _inbox.Kept }
            )
        );
        foreach (var message in delivered)
        {
            _host.Emit(new SessionEffect.Deliver(message));
        }

        ReleaseMails();
    }

    private bool OnAck(Ack ack)
    {
        TakeAcknowledgement(ack.Epoch, ack.Next, ack.Checksum);
        Pump();
        return true;
    }

    private bool OnReceipt(Receipt receipt)
    {
        if (receipt.Epoch > _outbox.Epoch || (receipt.Epoch == _outbox.Epoch && receipt.ReadNext > _outbox.Next))
        {
            _recovery.NoteSurpassed(receipt.Epoch);
        }
        else if (receipt.Epoch == _outbox.Epoch)
        {
            _readAhead = Math.Max(_readAhead, receipt.ReadNext);
        }

        TakeRead();
        Recover();
        Pump();
        return true;
    }

    // What is read counts when it is acknowledged: only an acknowledgement shows which messages those are.
    private void TakeRead()
    {
        var next = Math.Min(_readAhead, _outbox.Base);
        if (next <= _outbox.ReadByThem)
        {
            return;
        }

        _outbox.ReadByThem = next;
        _host.Emit(new SessionEffect.Store(new Change.ReadByThem(_outbox.Epoch, next)));
        _host.Emit(new SessionEffect.ReadByThem(_outbox.Epoch, next));
    }

    private bool OnMailboxGrant(MailboxGrant grant)
    {
        if (grant.Capability.Length == MailboxCapability.Size)
        {
            _host.Emit(new SessionEffect.MailboxGranted(grant.Capability.Memory));
        }

        return true;
    }

    private bool OnTyping(Typing typing)
    {
        if (typing.Active != _theyType)
        {
            _theyType = typing.Active;
            _host.Emit(new SessionEffect.Typing(typing.Active));
        }

        return true;
    }

    private bool OnPresence(Presence presence)
    {
        if (presence.State is PresenceState.Active or PresenceState.Away && presence.State != _theirPresence)
        {
            _theirPresence = presence.State;
            _host.Emit(new SessionEffect.Presence(presence.State));
        }

        return true;
    }

    private void Acknowledged(ulong next, ulong checksum)
    {
        if (next <= _outbox.Base)
        {
            return;
        }
        // It came another way. If the other side is an older copy by now, it still waits here for what goes on no more.
        var passed = next > _outbox.TransmitNext ? _current : null;
        var (acknowledged, late) = (new List<OutgoingMessage>((int)(next - _outbox.Base)), new List<Guid>());
        _outbox.Acknowledge(next, checksum, acknowledged, late);
        _host.Emit(
            new SessionEffect.Store(
                new Change.Cleared(_outbox.Epoch, next, _outbox.Checksum) { Late = late.Count == 0 ? [] : late }
            )
        );
        foreach (var message in acknowledged)
        {
            _host.Emit(new SessionEffect.Delivered(message));
        }

        foreach (var id in late)
        {
            _host.Emit(new SessionEffect.DeliveredLate(id));
        }

        TakeRead();
        if (passed is { } link)
        {
            Resume(link);
        }
    }

    // What this side has lost would be hidden by an acknowledgement of what came after it.
    private void AcknowledgeTo(int link)
    {
        if (_inbox.Kept is null)
        {
            _host.Emit(
                new SessionEffect.Acknowledge(
                    link,
                    new Ack
                    {
                        Epoch = _inbox.Epoch,
                        Next = _inbox.Next,
                        Checksum = _inbox.Checksum,
                    }
                )
            );
        }
    }
}
