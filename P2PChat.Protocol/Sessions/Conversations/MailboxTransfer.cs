using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Moves the conversation by mail while there is no link. An envelope carries the frames that a link would carry.
/// </summary>
internal sealed class MailboxTransfer(
    Outbox outbox,
    CopyRecovery recovery,
    MessageSender sender,
    MessageReceiver receiver,
    AcknowledgementReceiver acknowledgements,
    ResumeNegotiation negotiation,
    ResumeSender resumes,
    OwedReplies owed,
    HeldMail heldMail,
    ConversationLinks links,
    IConversationHost host
)
{
    // Each frame is preceded by its length.
    private const int LengthBytes = FrameCodec.PrefixSize;

    private int _mailboxLosses;

    /// <summary>Whether there is anything to send by mail.</summary>
    public bool HasMail =>
        owed.IsAckOwed
        || (owed.IsReceiptOwed && receiver.HasReceipt)
        || (!recovery.IsSurpassed && outbox.FirstNotDeposited is not null);

    /// <summary>
    /// Asks by <see cref="SessionEffect.Deposit"/> for an envelope with the messages that are not deposited yet, in
    /// order and as many as fit, and with what this side has received and read. Call <see cref="OnDeposited"/>
    /// afterwards.
    /// </summary>
    /// <param name="maxBytes">
    /// Limit for all frames and their lengths. The first message is included whatever its size.
    /// </param>
    /// <param name="head">Frames before the Resume.</param>
    /// <returns>False if there is nothing to send.</returns>
    public bool Compose(int maxBytes, params IReadOnlyList<Frame> head)
    {
        if (!HasMail && head.Count == 0)
        {
            return false;
        }

        var frames = new List<Frame>([.. head, resumes.CreateFrame()]);
        if (receiver.HasReceipt)
        {
            frames.Add(receiver.CreateReceipt());
        }

        var bytes = frames.Sum(SizeOf);
        var from = outbox.FirstNotDeposited ?? outbox.Next;
        var to = from;
        for (; !recovery.IsSurpassed && to < outbox.Next && !outbox.IsDeposited(to); to++)
        {
            var frame = outbox.FrameOf(to).ToFrame();
            bytes += SizeOf(frame);
            if (bytes > maxBytes && to > from)
            {
                break;
            }

            sender.StoreSkipSent(to);
            frames.Add(frame);
        }

        var mail = new ConversationMail(frames, outbox.Epoch, from, to)
        {
            HasMore = to < outbox.Next,
            Losses = _mailboxLosses,
        };
        host.Emit(new SessionEffect.Deposit(mail));
        return true;
    }

    /// <summary>
    /// Records that an envelope is in the other side's mailbox. Its messages stay queued until acknowledged.
    /// </summary>
    /// <returns>False if it does not count, because it may have been lost.</returns>
    public bool OnDeposited(ConversationMail mail)
    {
        // It may have been deposited before the directory lost its mailboxes.
        if (mail.Losses != _mailboxLosses)
        {
            return false;
        }

        foreach (var frame in mail.Frames)
        {
            switch (frame.BodyCase)
            {
                case Frame.BodyOneofCase.Resume when resumes.IsCurrent(frame.Resume):
                    owed.SetAckOwed(false);
                    break;
                case Frame.BodyOneofCase.Receipt when frame.Equals(receiver.CreateReceipt()):
                    owed.IsReceiptOwed = false;
                    break;
            }
        }

        if (mail.Epoch != outbox.Epoch)
        {
            return true;
        }

        foreach (var (from, to) in UnchangedSince(mail))
        {
            var sent = new List<OutgoingMessage>();
            for (var sequence = from; sequence < to; sequence++)
            {
                if (outbox.MarkSent(sequence, deposited: true) is { } first)
                {
                    sent.Add(first);
                }
            }

            sender.StoreTransmitted(from, to, deposited: true, sent);
        }

        return true;
    }

    /// <summary>
    /// Records that the directory has lost its mailboxes, so that all unacknowledged messages are deposited again. A
    /// lost acknowledgement is owed again when its messages arrive again.
    /// </summary>
    public void OnMailboxesLost()
    {
        _mailboxLosses++;
        if (outbox.ForgetDeposits())
        {
            host.Emit(new SessionEffect.Store(new Change.DepositsLost(outbox.Epoch, outbox.Base, outbox.Next)));
        }
    }

    /// <summary>Receives the frames of an envelope from the authenticated other side.</summary>
    /// <param name="mail">The caller's number for the envelope, the same each time it is fetched.</param>
    public MailOutcome Receive(long mail, IReadOnlyList<Frame> frames)
    {
        if (
            frames is not [{ BodyCase: Frame.BodyOneofCase.Resume } head, ..]
            || !ResumeNegotiation.IsValid(head.Resume)
        )
        {
            return MailOutcome.Bad;
        }

        // First, because the messages may release mailbox copies. Also while there is a link, which may be lost before
        // the acknowledgement arrives.
        if (frames.Any(frame => SequenceOf(frame) > 0))
        {
            owed.SetAckOwed(true);
        }

        var lostMessages = negotiation.Apply(head.Resume, onLink: false);
        // The other side must learn what this side lost, or of the present epoch if it is missing messages of an
        // earlier one.
        if (lostMessages || (head.Resume.MissingEpoch > 0 && head.Resume.MissingEpoch < outbox.Epoch))
        {
            owed.SetAckOwed(true);
        }

        var (last, outcome) = (0UL, MailOutcome.Accepted);
        foreach (var frame in frames.Skip(1))
        {
            outcome = ReceiveFrame(frame);
            if (outcome != MailOutcome.Accepted)
            {
                break;
            }

            last = Math.Max(last, SequenceOf(frame));
        }

        sender.TransmitPending();
        if (last > 0 && links.Current is { } link)
        {
            receiver.Acknowledge(link);
        }

        return outcome == MailOutcome.Accepted ? heldMail.Add(mail, head.Resume.SendEpoch, last) : outcome;
    }

    private MailOutcome ReceiveFrame(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Message or Frame.BodyOneofCase.Skip:
                return receiver.Receive(new IncomingFrame(frame)) switch
                {
                    InboxOutcome.Accepted => MailOutcome.Accepted,
                    InboxOutcome.BeyondWindow => MailOutcome.TooEarly,
                    _ => MailOutcome.Bad,
                };
            case Frame.BodyOneofCase.Ack:
                acknowledgements.OnAcknowledgement(frame.Ack.Epoch, frame.Ack.Next, frame.Ack.Checksum);
                return MailOutcome.Accepted;
            case Frame.BodyOneofCase.Receipt:
                acknowledgements.OnReceipt(frame.Receipt);
                return MailOutcome.Accepted;
            case Frame.BodyOneofCase.None:
                return MailOutcome.Accepted;
            default:
                return MailOutcome.Bad;
        }
    }

    // A message that was abandoned meanwhile is in the envelope as a message, so its Skip is still to be deposited.
    private IEnumerable<(ulong From, ulong To)> UnchangedSince(ConversationMail mail)
    {
        var kinds = mail.Frames.Where(frame => SequenceOf(frame) > 0).ToDictionary(SequenceOf, frame => frame.BodyCase);
        var from = Math.Max(mail.From, outbox.Base);
        for (var sequence = from; sequence < mail.To; sequence++)
        {
            if (outbox.KindOf(sequence) == kinds[sequence])
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

    private static int SizeOf(Frame frame) => LengthBytes + frame.CalculateSize();

    private static ulong SequenceOf(Frame frame) =>
        frame.BodyCase switch
        {
            Frame.BodyOneofCase.Message => frame.Message.Sequence,
            Frame.BodyOneofCase.Skip => frame.Skip.Sequence,
            _ => 0,
        };
}
