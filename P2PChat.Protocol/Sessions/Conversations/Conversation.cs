using System.Text;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

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
/// cumulative. Messages go to the link on which a Resume came last; where there is none they can go by mail. What it must
/// not forget it says by <see cref="SessionEffect.Store"/>, and it is made anew from a
/// <see cref="ConversationSnapshot"/>. No input or output of its own.
/// </summary>
public sealed partial class Conversation
{
    // Sequences stay clear of overflow as epochs do.
    private const ulong MaxNumber = Epochs.Highest;

    private readonly ConversationOptions _options;
    private readonly IConversationHost _host;
    private readonly Outbox _outbox;
    private readonly Inbox _inbox;
    private readonly HashSet<int> _links = [];
    private readonly CopyRecovery _recovery;
    private int? _current;
    private PresenceState _presence = PresenceState.Active;

    /// <summary>Restores a conversation from its snapshot.</summary>
    internal Conversation(ConversationSnapshot snapshot, ConversationOptions options, IConversationHost host)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(snapshot.Epoch, nameof(snapshot));
        _options = options;
        _host = host;
        _outbox = new Outbox(snapshot, options);
        _inbox = new Inbox(snapshot);
        _recovery = new CopyRecovery(_outbox, options);
        _ackOwed = snapshot.AckOwed;
    }

    /// <summary>The link that messages take; null while there is none.</summary>
    public int? Current => _current;

    /// <summary>The number of unacknowledged messages, and of Skips whose message may turn out delivered.</summary>
    public int Unacknowledged => (int)(_outbox.Next - _outbox.Base) - _outbox.Lapsed;

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    public DateTimeOffset? Deadline => _recovery.Deadline;

    /// <summary>Where the conversation stands: what all its <see cref="Change"/>s come to.</summary>
    public ConversationSnapshot Snapshot =>
        new(_outbox.Epoch)
        {
            Base = _outbox.Base,
            Checksum = _outbox.Checksum,
            Acknowledged = _outbox.Acknowledged,
            Outbox = _outbox.Entries,
            ReadByThem = _outbox.ReadByThem,
            TheirEpoch = _inbox.Epoch,
            TheirNext = _inbox.Next,
            TheirChecksum = _inbox.Checksum,
            TheirKept = _inbox.Kept,
            TheirPast = _inbox.Past,
            ReadNext = _inbox.ReadNext,
            AckOwed = _ackOwed,
        };

    /// <summary>Queues a message, and transmits it if a link and the window allow.</summary>
    public SendOutcome Send(OutgoingMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var bytes = Encoding.UTF8.GetByteCount(message.Text);
        if (bytes is 0 or > ConversationOptions.MaxTextBytes)
        {
            return SendOutcome.BadText;
        }

        if (!_outbox.HasRoomFor(bytes))
        {
            return SendOutcome.OutboxFull;
        }

        var sequence = _outbox.Add(message, bytes);
        // All that stood before it and may go has gone: this goes at once, or nothing does.
        var sent = _current is null || _recovery.IsSurpassed ? null : _outbox.TryTransmit(out _, out _);
        _host.Emit(
            new SessionEffect.Store(new Change.Queued(_outbox.Epoch, sequence, message, Sent: sent is not null))
        );
        if (sent is { } frame)
        {
            _host.Emit(new SessionEffect.Transmit(_current!.Value, frame));
        }

        return SendOutcome.Queued;
    }

    /// <summary>Gives a message up: the other side is told not to wait for it.</summary>
    /// <returns>False if it is acknowledged, or not of this conversation.</returns>
    internal bool GiveUp(Guid id, GiveUpReason reason)
    {
        if (_outbox.GiveUp(id, out var sequence, out var wasSent) is not { } message)
        {
            return false;
        }

        if (reason == GiveUpReason.Expired && wasSent)
        {
            reason = GiveUpReason.Unconfirmed;
        }

        var skipsAtOnce = _current is not null && _outbox.IsInFlight(sequence);
        var mayBeTaken = reason == GiveUpReason.Unconfirmed && !skipsAtOnce;
        if (mayBeTaken)
        {
            _outbox.Lapse(sequence, id);
        }

        _host.Emit(new SessionEffect.Store(new Change.GaveUp(_outbox.Epoch, sequence, id, reason, mayBeTaken)));
        _host.Emit(new SessionEffect.GivenUp(message, reason));
        if (skipsAtOnce && !_recovery.IsSurpassed)
        {
            _host.Emit(new SessionEffect.Transmit(_current!.Value, _outbox.FrameOf(sequence)));
        }

        Pump();
        return true;
    }

    /// <summary>Gives up all that is not acknowledged.</summary>
    internal void GiveUpAll(GiveUpReason reason)
    {
        // What the store finds now is not sent again either.
        _recovery.ForgetLost();
        foreach (var message in _outbox.Messages.ToList())
        {
            _ = GiveUp(message.Id, reason);
        }

        DropLeadingSkips();
    }

    /// <summary>Gives up what has waited for longer than <see cref="ConversationOptions.Expiry"/>.</summary>
    public void Expire(TimeReading now)
    {
        // Not always the first: a clock that was put back makes a later message the older one.
        var expired = _outbox.Messages.Where(message => message.AgeAt(now) >= _options.Expiry).ToList();
        foreach (var message in expired)
        {
            _ = GiveUp(message.Id, GiveUpReason.Expired);
        }

        if (expired.Count > 0)
        {
            DropLeadingSkips();
        }
    }

    /// <summary>Does what had to wait for the pause between two epochs.</summary>
    internal void Tick(DateTimeOffset now)
    {
        if (!_recovery.Tick(now))
        {
            return;
        }

        Recover();
        Pump();
        _ = _recovery.Tick(now);
    }

    /// <summary>
    /// Numbers what is not acknowledged anew, as must be done where this side stands on an older copy of itself: what it
    /// sends would be taken for duplicates of what it has sent since.
    /// </summary>
    /// <param name="epoch">One of <see cref="Epochs"/>, above the present one if there is one.</param>
    public void BeginEpoch(ulong epoch)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(epoch, _outbox.Epoch);
        Renumber(epoch, recalled: null);
        Pump();
    }

    /// <summary>The store's answer to a <see cref="SessionEffect.Recall"/>.</summary>
    /// <param name="messages">To be sent again, oldest first: no more than was asked for.</param>
    /// <param name="lost">Others that the other side has lost, to be told of.</param>
    public void Recalled(SessionEffect.Recall asked, IReadOnlyList<OutgoingMessage> messages, IReadOnlyList<Guid> lost)
    {
        ArgumentNullException.ThrowIfNull(asked);
        if (_recovery.Answered(asked) is not { } epoch)
        {
            Recover();
            return;
        }

        Renumber(epoch, new Recalled(asked.Kept, messages));
        foreach (var message in messages)
        {
            _host.Emit(new SessionEffect.Sent(message));
        }

        foreach (var id in lost)
        {
            _host.Emit(new SessionEffect.Lost(id));
        }

        Pump();
    }

    /// <summary>
    /// Notes that the store could not answer a <see cref="SessionEffect.Recall"/>. It is asked again in a minute.
    /// </summary>
    public void NotRecalled(SessionEffect.Recall asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        _recovery.NotAnswered(asked);
    }

    /// <summary>This side's person has read what came before <paramref name="next"/> of that epoch.</summary>
    /// <returns>False if that is nothing new.</returns>
    public bool MarkRead(ulong epoch, ulong next)
    {
        next = Math.Min(next, _inbox.Next);
        if (epoch != _inbox.Epoch || next <= _inbox.ReadNext)
        {
            return false;
        }

        _inbox.ReadNext = next;
        _host.Emit(new SessionEffect.Store(new Change.Read(epoch, next)));
        if (!_options.ReadReceipts)
        {
            return true;
        }

        if (_current is { } link)
        {
            _host.Emit(new SessionEffect.Transmit(link, ReceiptFrame()));
        }
        else
        {
            _receiptOwed = true;
        }

        return true;
    }

    /// <summary>This side's person has begun to write, or stopped. Only told on a link.</summary>
    public void SetTyping(bool active)
    {
        if (_current is { } link)
        {
            _host.Emit(new SessionEffect.Transmit(link, new Frame { Typing = new Typing { Active = active } }));
        }
    }

    /// <summary>This side's person is there, or has gone away. Only told on a link, but on the next one too.</summary>
    public void SetPresence(PresenceState state)
    {
        if (state == _presence)
        {
            return;
        }

        _presence = state;
        if (_current is { } link)
        {
            _host.Emit(new SessionEffect.Transmit(link, PresenceFrame()));
        }
    }

    /// <summary>A link has been accepted.</summary>
    internal void LinkOpened(int link)
    {
        _links.Add(link);
        Resume(link);
    }

    /// <summary>Says once more where this side stands, to learn whether the link lives.</summary>
    internal void Resume(int link)
    {
        _host.Emit(new SessionEffect.Transmit(link, ResumeFrame()));
    }

    /// <summary>A link has ended. What was on its way is sent again on another.</summary>
    internal void LinkClosed(int link)
    {
        _links.Remove(link);
        if (_current == link)
        {
            _current = null;
        }

        if (_links.Count == 0)
        {
            (_theyType, _theirPresence) = (false, PresenceState.Active);
        }
    }

    /// <summary>Moves the conversation to a link on which a Resume came before.</summary>
    internal void MoveTo(int link)
    {
        Resume(link);
        _current = link;
        _outbox.Rewind();
        SayAgain(link);
        Pump();
    }

    private Frame ResumeFrame()
    {
        // While something is missing, the other side needs to know from where on.
        var received = _inbox.Kept ?? _inbox.Position;
        var missing = _inbox.Kept is null ? default : _inbox.Position;
        return new Frame
        {
            Resume = new Resume
            {
                SendEpoch = _outbox.Epoch,
                SendBase = _outbox.Base,
                ReceiveEpoch = received.Epoch,
                ReceiveNext = received.Next,
                SendChecksum = _outbox.Checksum,
                ReceiveChecksum = _inbox.Kept is null ? _inbox.Checksum : ItemChecksum.Unknown,
                AcknowledgedEpoch = _outbox.Acknowledged.Epoch,
                AcknowledgedNext = _outbox.Acknowledged.Next,
                MissingEpoch = missing.Epoch,
                MissingNext = missing.Next,
            },
        };
    }

    private Frame ReceiptFrame() =>
        new()
        {
            Receipt = new Receipt { Epoch = _inbox.Epoch, ReadNext = _inbox.ReadNext },
        };

    private Frame PresenceFrame() => new() { Presence = new Presence { State = _presence } };

    // A link that has been told of the epoch before may be the next to carry messages.
    private void Renumber(ulong epoch, Recalled? recalled)
    {
        _readAhead = 0;
        _recovery.EpochBegun();
        _host.Emit(
            new SessionEffect.Store(
                new Change.EpochBegun(epoch, _outbox.BeginEpoch(epoch, recalled)) { Recalled = recalled }
            )
        );
        ResumeAll();
    }

    private void ResumeAll()
    {
        foreach (var link in _links.Order())
        {
            Resume(link);
        }
    }

    // On an open link the other side has been told of a base, and waits for what begins there.
    private void DropLeadingSkips()
    {
        if (_links.Count == 0 && _outbox.DropLeadingSkips())
        {
            _host.Emit(
                new SessionEffect.Store(
                    new Change.Cleared(_outbox.Epoch, _outbox.Base, _outbox.Checksum, Acknowledged: false)
                )
            );
        }
    }

    private void Pump()
    {
        // What an older copy sends would be mixed up with what its other life has sent under the same numbers.
        if (_current is not { } link || _recovery.IsSurpassed)
        {
            return;
        }

        var (from, to, sent) = (0UL, 0UL, new List<OutgoingMessage>());
        while (_outbox.TryTransmit(out var sequence, out var first) is { } frame)
        {
            NoteSkipSent(sequence);
            _host.Emit(new SessionEffect.Transmit(link, frame));
            if (first is null)
            {
                continue;
            }

            (from, to) = (from == 0 ? sequence : from, sequence + 1);
            sent.Add(first);
        }

        if (to > 0)
        {
            WentOut(from, to, deposited: false, sent);
        }
    }

    private void NoteSkipSent(ulong sequence)
    {
        if (_outbox.EndLapse(sequence) is { } id)
        {
            _host.Emit(new SessionEffect.Store(new Change.SkipSent(_outbox.Epoch, sequence, id)));
        }
    }

    // Stored before it is told: after a crash nothing is less than it was said to be.
    private void WentOut(ulong from, ulong to, bool deposited, List<OutgoingMessage> sent)
    {
        _host.Emit(new SessionEffect.Store(new Change.WentOut(_outbox.Epoch, from, to, deposited)));
        foreach (var message in sent)
        {
            _host.Emit(new SessionEffect.Sent(message));
        }
    }
}
