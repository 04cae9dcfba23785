using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <content>
/// The way by the mailbox, for when there is no link: an envelope has the frames that a link would have, and they come in
/// by the same door.
/// </content>
public sealed partial class Conversation
{
    // Each frame's length goes before it.
    private const int LengthBytes = 4;

    // Envelopes whose last message waits for a gap to close.
    private readonly List<(long Mail, ulong Epoch, ulong Last)> _heldMails = [];
    private int _mailboxLosses;
    private bool _ackOwed;
    private bool _receiptOwed;

    /// <summary>Whether there is something that the other side could be told by mail, and has not been.</summary>
    public bool HasMail =>
        _ackOwed
        || (_receiptOwed && _options.ReadReceipts)
        || (!_recovery.IsSurpassed && _outbox.FirstNotDeposited is not null);

    /// <summary>
    /// Asks for an envelope with what has not been deposited: messages in their order, as many as fit, and what this side
    /// has taken and read. What is in it is deposited when <see cref="Deposited"/> says so, and stays in the outbox until
    /// the other side acknowledges it.
    /// </summary>
    /// <param name="maxBytes">Of all frames with their lengths; one message goes in however long it is.</param>
    /// <returns>False if there is nothing to tell.</returns>
    internal bool Compose(int maxBytes)
    {
        if (!HasMail)
        {
            return false;
        }

        var frames = new List<Frame> { ResumeFrame() };
        if (_options.ReadReceipts && _inbox.ReadNext > 0)
        {
            frames.Add(ReceiptFrame());
        }

        var bytes = frames.Sum(SizeOf);
        var from = _outbox.FirstNotDeposited ?? _outbox.Next;
        var to = from;
        for (; !_recovery.IsSurpassed && to < _outbox.Next && !_outbox.IsDeposited(to); to++)
        {
            var frame = _outbox.FrameOf(to).ToFrame();
            bytes += SizeOf(frame);
            if (bytes > maxBytes && to > from)
            {
                break;
            }

            NoteSkipSent(to);
            frames.Add(frame);
        }

        _host.Emit(
            new SessionEffect.Deposit(new ConversationMail(frames, _outbox.Epoch, from, to) { Losses = _mailboxLosses })
        );
        return true;
    }

    /// <summary>An envelope of <see cref="Compose"/> lies in the other's mailbox.</summary>
    internal void Deposited(ConversationMail mail)
    {
        ArgumentNullException.ThrowIfNull(mail);
        // On its way while the mailboxes were lost, it may have been there before.
        if (mail.Losses != _mailboxLosses)
        {
            return;
        }

        foreach (var frame in mail.Frames)
        {
            switch (frame.BodyCase)
            {
                case Frame.BodyOneofCase.Resume when SaysAll(frame.Resume):
                    SetAckOwed(false);
                    break;
                case Frame.BodyOneofCase.Receipt
                    when frame.Receipt.Epoch == _inbox.Epoch && frame.Receipt.ReadNext == _inbox.ReadNext:
                    _receiptOwed = false;
                    break;
            }
        }

        if (mail.Epoch != _outbox.Epoch)
        {
            return;
        }

        foreach (var (from, to) in StillThere(mail))
        {
            var sent = new List<OutgoingMessage>();
            for (var sequence = from; sequence < to; sequence++)
            {
                if (_outbox.MarkSent(sequence, deposited: true) is { } first)
                {
                    sent.Add(first);
                }
            }

            WentOut(from, to, deposited: true, sent);
        }
    }

    /// <summary>
    /// The directory has lost its mailboxes: what is not acknowledged is to be deposited again. An acknowledgement that was
    /// lost with them is owed again when its messages come again.
    /// </summary>
    internal void MailboxesLost()
    {
        _mailboxLosses++;
        if (_outbox.ForgetDeposits())
        {
            _host.Emit(new SessionEffect.Store(new Change.DepositsLost(_outbox.Epoch, _outbox.Base, _outbox.Next)));
        }
    }

    /// <summary>Takes the frames of an envelope whose sender has been made sure of.</summary>
    /// <param name="mail">The caller's number for it; the same one if it is brought again.</param>
    internal MailOutcome ReceiveMail(long mail, IReadOnlyList<Frame> frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames is not [{ BodyCase: Frame.BodyOneofCase.Resume } head, ..] || !IsValid(head.Resume))
        {
            return MailOutcome.Bad;
        }

        // Before anything of it is taken, for what is taken may let the mailbox's copies go; and though there is a link, which
        // may be cut before the acknowledgement has come.
        if (frames.Any(frame => SequenceOf(frame) > 0))
        {
            SetAckOwed(true);
        }
        // The other side learns of it by whichever way there is; so it does of our epoch if it misses something of another.
        if (
            TakeResume(head.Resume, onLink: false)
            || (head.Resume.MissingEpoch > 0 && head.Resume.MissingEpoch < _outbox.Epoch)
        )
        {
            SetAckOwed(true);
        }

        var (last, outcome) = (0UL, MailOutcome.Accepted);
        foreach (var frame in frames.Skip(1))
        {
            outcome = TakeMailed(frame);
            if (outcome != MailOutcome.Accepted)
            {
                break;
            }

            last = Math.Max(last, SequenceOf(frame));
        }

        Pump();
        if (last > 0 && _current is { } link)
        {
            AcknowledgeTo(link);
        }

        return outcome == MailOutcome.Accepted ? Hold(mail, head.Resume.SendEpoch, last) : outcome;
    }

    // What has been given up since lies there as a message: its Skip is still to come.
    private IEnumerable<(ulong From, ulong To)> StillThere(ConversationMail mail)
    {
        var kinds = mail.Frames.Where(frame => SequenceOf(frame) > 0).ToDictionary(SequenceOf, frame => frame.BodyCase);
        var from = Math.Max(mail.From, _outbox.Base);
        for (var sequence = from; sequence < mail.To; sequence++)
        {
            if (_outbox.KindOf(sequence) == kinds[sequence])
            {
                continue;
            }

            if (from < sequence)
            {
                yield return (from, sequence);
            }

            from = sequence + 1;
        }

        if (from < mail.To)
        {
            yield return (from, mail.To);
        }
    }

    private MailOutcome TakeMailed(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Message or Frame.BodyOneofCase.Skip:
                return TakeItem(new IncomingFrame(frame)) switch
                {
                    InboxOutcome.Fine => MailOutcome.Accepted,
                    InboxOutcome.TooFar => MailOutcome.TooEarly,
                    _ => MailOutcome.Bad,
                };
            case Frame.BodyOneofCase.Ack:
                TakeAcknowledgement(frame.Ack.Epoch, frame.Ack.Next, frame.Ack.Checksum);
                return MailOutcome.Accepted;
            case Frame.BodyOneofCase.Receipt:
                _ = OnReceipt(frame.Receipt);
                return MailOutcome.Accepted;
            case Frame.BodyOneofCase.None:
                return MailOutcome.Accepted;
            default:
                return MailOutcome.Bad;
        }
    }

    private MailOutcome Hold(long mail, ulong epoch, ulong last)
    {
        if (IsTaken(epoch, last))
        {
            _host.Emit(new SessionEffect.MailTaken(mail));
            return MailOutcome.Accepted;
        }

        if (_heldMails.Any(held => held.Mail == mail))
        {
            return MailOutcome.Accepted;
        }

        if (_heldMails.Count >= _options.HeldMails)
        {
            return MailOutcome.TooEarly;
        }

        _heldMails.Add((mail, epoch, last));
        return MailOutcome.Accepted;
    }

    private void ReleaseMails()
    {
        for (var i = 0; i < _heldMails.Count; )
        {
            var (mail, epoch, last) = _heldMails[i];
            if (IsTaken(epoch, last))
            {
                _heldMails.RemoveAt(i);
                _host.Emit(new SessionEffect.MailTaken(mail));
            }
            else
            {
                i++;
            }
        }
    }

    private bool IsTaken(ulong epoch, ulong last) => epoch < _inbox.Epoch || last < _inbox.Next;

    // Of what has come, and of what is missing.
    private bool SaysAll(Resume said)
    {
        var now = ResumeFrame().Resume;
        return (said.ReceiveEpoch, said.ReceiveNext, said.MissingEpoch, said.MissingNext)
            == (now.ReceiveEpoch, now.ReceiveNext, now.MissingEpoch, now.MissingNext);
    }

    private void SetAckOwed(bool owed)
    {
        if (owed == _ackOwed)
        {
            return;
        }

        _ackOwed = owed;
        _host.Emit(new SessionEffect.Store(new Change.AckOwed(owed)));
    }

    private static int SizeOf(Frame frame) => LengthBytes + frame.CalculateSize();

    private static ulong SequenceOf(Frame frame) =>
        frame.BodyCase switch
        {
            Frame.BodyOneofCase.Message => frame.Message.Sequence,
            Frame.BodyOneofCase.Skip => frame.Skip.Sequence,
            _ => 0,
        };
}
