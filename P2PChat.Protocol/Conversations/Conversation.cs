using System.Text;
using P2PChat.Protocol.Frames;

namespace P2PChat.Protocol.Conversations;

/// <summary>What became of a message that was to be sent.</summary>
public enum SendOutcome
{
    Queued,

    /// <summary>Empty, or longer than <see cref="ConversationOptions.MaxTextBytes"/>.</summary>
    BadText,

    /// <summary>Too many messages wait for their acknowledgement.</summary>
    OutboxFull,
}

/// <summary>
/// The messages between this peer and one other, whatever links come and go. Each link opens with a Resume of both
/// sides, by which the sender knows what to send again; duplicates are dropped, gaps held, and acknowledgements are
/// cumulative. Messages go to the link on which a Resume came last. No input or output of its own.
/// </summary>
public sealed class Conversation
{
    // Epochs and sequences stay clear of overflow.
    private const ulong MaxNumber = long.MaxValue;

    private readonly Outbox _outbox;
    private readonly Inbox _inbox = new();
    private readonly HashSet<int> _links = [];
    private int? _current;

    /// <param name="epoch">Above each epoch that this peer has used before: Unix milliseconds serve.</param>
    public Conversation(ulong epoch, ConversationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(epoch);
        _outbox = new Outbox(epoch, options);
    }

    /// <summary>The link that messages take; null while there is none.</summary>
    public int? Current => _current;

    /// <summary>How many messages are not acknowledged.</summary>
    public int Unacknowledged => (int)(_outbox.Next - _outbox.Base);

    /// <summary>Queues a message, and transmits it if a link and the window allow.</summary>
    public SendOutcome Send(OutgoingMessage message, List<ConversationEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(effects);
        var bytes = Encoding.UTF8.GetByteCount(message.Text);
        if (bytes is 0 or > ConversationOptions.MaxTextBytes)
            return SendOutcome.BadText;
        if (!_outbox.HasRoomFor(bytes))
            return SendOutcome.OutboxFull;

        _outbox.Add(message, bytes);
        Pump(effects);
        return SendOutcome.Queued;
    }

    /// <summary>Gives a message up: the other side is told not to wait for it.</summary>
    /// <returns>False if it is acknowledged, or not of this conversation.</returns>
    public bool GiveUp(Guid id, List<ConversationEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (!_outbox.GiveUp(id, out var sequence))
            return false;
        if (_current is { } link && _outbox.IsInFlight(sequence))
            effects.Add(new ConversationEffect.Transmit(link, _outbox.SkipFrame(sequence)));
        Pump(effects);
        return true;
    }

    /// <summary>A link has been accepted.</summary>
    public void LinkOpened(int link, List<ConversationEffect> effects)
    {
        _links.Add(link);
        Resume(link, effects);
    }

    /// <summary>Says once more where this side stands, to learn whether the link lives.</summary>
    public void Resume(int link, List<ConversationEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        effects.Add(new ConversationEffect.Transmit(link, new Frame
        {
            Resume = new Resume
            {
                SendEpoch = _outbox.Epoch,
                SendBase = _outbox.Base,
                ReceiveEpoch = _inbox.Epoch,
                ReceiveNext = _inbox.Next,
            },
        }));
    }

    /// <summary>A link has ended. What was on its way is sent again on another.</summary>
    public void LinkClosed(int link)
    {
        _links.Remove(link);
        if (_current == link)
            _current = null;
    }

    /// <summary>Moves the conversation to a link on which a Resume came before.</summary>
    public void MoveTo(int link, List<ConversationEffect> effects)
    {
        Resume(link, effects);
        _current = link;
        _outbox.Rewind();
        Pump(effects);
    }

    /// <summary>Takes Resume, ChatMessage, Ack and Skip from an open link.</summary>
    public void Receive(int link, Frame frame, List<ConversationEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(effects);
        if (!_links.Contains(link))
            return;

        var valid = frame.BodyCase switch
        {
            Frame.BodyOneofCase.Resume => OnResume(link, frame.Resume, effects),
            Frame.BodyOneofCase.Message => OnMessage(link, frame, effects),
            Frame.BodyOneofCase.Skip => OnSkip(link, frame.Skip, effects),
            Frame.BodyOneofCase.Ack => OnAck(frame.Ack, effects),
            Frame.BodyOneofCase.None or Frame.BodyOneofCase.MailboxGrant => true,
            _ => false,
        };
        if (!valid)
            effects.Add(new ConversationEffect.Violation(link));
    }

    private bool OnResume(int link, Resume resume, List<ConversationEffect> effects)
    {
        if (resume.SendEpoch is 0 or > MaxNumber || resume.SendBase is 0 or > MaxNumber || resume.ReceiveEpoch >= MaxNumber)
            return false;
        if (resume.ReceiveEpoch == _outbox.Epoch && resume.ReceiveNext > _outbox.Next)
            return false;

        var delivered = new List<IncomingMessage>();
        _inbox.Resume(resume.SendEpoch, resume.SendBase, delivered);
        Deliver(delivered, effects);

        if (resume.ReceiveEpoch > _outbox.Epoch)
        {
            // The other side knows a later epoch of ours: this is an older copy of us, or its clock went back.
            _outbox.BeginEpoch(resume.ReceiveEpoch + 1);
            Resume(link, effects);
        }
        else if (resume.ReceiveEpoch == _outbox.Epoch)
        {
            Acknowledged(resume.ReceiveNext, effects);
        }

        // On the link that we use already, what was written will arrive; on another all goes once more.
        if (_current != link)
            _outbox.Rewind();
        _current = link;
        effects.Add(new ConversationEffect.Resumed(link));
        Pump(effects);
        return true;
    }

    private bool OnMessage(int link, Frame frame, List<ConversationEffect> effects)
    {
        var delivered = new List<IncomingMessage>();
        if (!_inbox.Take(frame.Message, frame.Traceparent, delivered))
            return false;
        Deliver(delivered, effects);
        AcknowledgeTo(link, effects);
        return true;
    }

    private bool OnSkip(int link, Skip skip, List<ConversationEffect> effects)
    {
        var delivered = new List<IncomingMessage>();
        if (!_inbox.Take(skip, delivered))
            return false;
        Deliver(delivered, effects);
        AcknowledgeTo(link, effects);
        return true;
    }

    private bool OnAck(Ack ack, List<ConversationEffect> effects)
    {
        if (ack.Epoch > _outbox.Epoch || (ack.Epoch == _outbox.Epoch && ack.Next > _outbox.Next))
            return false;
        if (ack.Epoch == _outbox.Epoch)
        {
            Acknowledged(ack.Next, effects);
            Pump(effects);
        }

        return true;
    }

    private void Acknowledged(ulong next, List<ConversationEffect> effects)
    {
        var acknowledged = new List<OutgoingMessage>();
        _outbox.Acknowledge(next, acknowledged);
        foreach (var message in acknowledged)
            effects.Add(new ConversationEffect.Delivered(message));
    }

    private static void Deliver(List<IncomingMessage> delivered, List<ConversationEffect> effects)
    {
        foreach (var message in delivered)
            effects.Add(new ConversationEffect.Deliver(message));
    }

    private void AcknowledgeTo(int link, List<ConversationEffect> effects) =>
        effects.Add(new ConversationEffect.Acknowledge(link, new Ack { Epoch = _inbox.Epoch, Next = _inbox.Next }));

    private void Pump(List<ConversationEffect> effects)
    {
        if (_current is not { } link)
            return;
        while (_outbox.TryTransmit() is { } frame)
            effects.Add(new ConversationEffect.Transmit(link, frame));
    }
}
