using Google.Protobuf;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Sessions;
using P2PChat.Tests.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// Runs one session: each effect waits until the changes that it depends on are committed, and is then executed.
/// </summary>
internal sealed class SimulatedSession
{
    private readonly Simulation _world;
    private readonly ulong _firstEpoch;
    private readonly SortedDictionary<int, SimulatedLink> _links = [];

    // Frames wait for binding changes only. Events and deletions wait for all changes.
    private readonly Queue<(long Ticket, SessionEffect Effect)> _outputs = new();
    private readonly Queue<(long Ticket, SessionEffect Effect)> _afterAll = new();
    private readonly Queue<(long Ticket, string Text, SeenState State)> _sends = new();
    private readonly Dictionary<Guid, int> _deletes = [];
    private readonly HashSet<Guid> _deletedByThem = [];
    private long _binding;

    public SimulatedSession(Simulation world, SimulatedPeer owner, SimulatedPeer remote, SessionSnapshot snapshot)
    {
        (_world, Owner, Remote, _firstEpoch) = (world, owner, remote, snapshot.Conversation.Epoch);
        Profiles = new SimulatedProfiles(world, this);
        Machine = new PeerSession(owner.Id, owner.Name, remote.Id, snapshot, owner.Handshake, owner.Options);
        foreach (var message in owner.Store.Contacts.GetValueOrDefault(remote.Label)?.Messages ?? [])
        {
            NoteDelete(message.IsOwn ? message.Content : null, message.Id);
            NoteDeletedByThem(message.IsOwn ? null : message.Content);
        }
    }

    /// <summary>The other side's messages that it has deleted, as the machine knows.</summary>
    public IReadOnlySet<Guid> DeletedByThem => _deletedByThem;

    public SimulatedPeer Owner { get; }

    public SimulatedPeer Remote { get; }

    public PeerSession Machine { get; }

    public SimulatedProfiles Profiles { get; }

    public bool IsDead { get; private set; }

    /// <summary>Whether a deposit is in progress.</summary>
    public bool IsDepositing { get; set; }

    public IEnumerable<SimulatedLink> Links => _links.Values;

    public bool HasOutputs =>
        CanDo(_outputs) || CanDo(_afterAll) || (_sends.TryPeek(out var send) && send.Ticket <= Owner.Store.Committed);

    /// <summary>Whether the state in memory equals the stored one, if all changes are committed.</summary>
    public bool IsAsStored =>
        StoredSnapshot is not { } stored
        || (
            (Machine.Snapshot with { Conversation = stored.Conversation }) == stored
            && Machine.Snapshot.Conversation with { Outbox = [] } == stored.Conversation with { Outbox = [] }
            && Comparable(Machine.Snapshot).SequenceEqual(Comparable(stored))
        );

    /// <summary>Both states without what is equal.</summary>
    public string DescribeStored()
    {
        var (own, stored) = (Describe(Machine.Snapshot), StoredSnapshot is { } found ? Describe(found) : []);
        return $"{string.Join(' ', own.Except(stored))}, but stored {string.Join(' ', stored.Except(own))}";
    }

    private SessionSnapshot? StoredSnapshot => Owner.Store.Contacts.GetValueOrDefault(Remote.Label)?.Snapshot;

    private List<string> Describe(SessionSnapshot session) =>
        [
            $"{session with { Conversation = session.Conversation with { Outbox = [] } }}",
            .. Comparable(session).Select(entry => $"{entry}"),
        ];

    // What is erased stays in the outbox of the machine until it is delivered, or the process ends. After a start, an
    // edited message is sent with its last text.
    private IEnumerable<OutboxEntry> Comparable(SessionSnapshot session)
    {
        var contact = Owner.Store.Contacts.GetValueOrDefault(Remote.Label);
        return session.Conversation.Outbox.Select(entry =>
            Owner.Store.Disk is null || entry.Message is not { } message ? entry
            : contact?.IsErased(message.Id) == true
                ? entry with
                {
                    Message = new OutgoingMessage(message.Id, "", default),
                }
            : entry with { Message = message with { Text = contact?.IsEdited(message.Id) == true ? "" : message.Text } }
        );
    }

    public void Die()
    {
        IsDead = true;
        foreach (var link in _links.Values)
        {
            link.Cut(_world.Random);
            link.Hang(this);
        }

        _links.Clear();
    }

    public void Send(string text)
    {
        var id = _world.NewId();
        text = _world.Timers.TextOf(text, id);
        _world.Sending(this, id, text);
        var message = _world.Contents.Next(this, id, text, Owner.Reading);
        var outcome = Machine.Conversation.Send(message);
        if (outcome == SendOutcome.Queued)
        {
            NoteDelete(message.Content, id);
        }

        Apply();
        if (outcome == SendOutcome.Queued)
        {
            _sends.Enqueue(
                (_binding, text, Machine.Snapshot.Conversation.Outbox[^1].Sent ? SeenState.Sent : SeenState.Queued)
            );
        }
    }

    public void LinkUp(SimulatedLink link, LinkOrigin origin, bool asksToo = false)
    {
        _links.Add(link.IdAt(this), link);
        Machine.LinkUp(link.IdAt(this), origin, _world.Now, asksToo);
        Apply();
    }

    /// <summary>Receives the next frames on a link, one or several together.</summary>
    /// <returns>False if nothing arrives.</returns>
    public bool Take(SimulatedLink link)
    {
        var (most, frames, ends, end) = (_world.Random.Next(1, 6), new List<Frame>(), false, default(Frame));
        while (!ends && frames.Count < most && link.TryTake(this, out var frame))
        {
            if (_world.IsTraced)
            {
                _world.Trace($"{Owner.Label} receives on {link.Id}: {frame?.ToString() ?? "its end"}");
            }

            (ends, end) = (frame is null || frame.BodyCase == Frame.BodyOneofCase.Close, frame);
            if (!ends)
            {
                frames.Add(frame!);
            }
        }

        if (frames.Count > 0)
        {
            KeepDuplicates(frames);
            if (
                _world.Fault == TestFault.AnswersForever
                && frames.Any(frame => frame.BodyCase == Frame.BodyOneofCase.Typing)
            )
            {
                link.Enqueue(this, new Frame { Typing = new Typing { Active = true } });
            }

            Machine.Receive(link.IdAt(this), [.. frames.Select(Known).Select(WireFrame.AsRead)], _world.Now);
            Apply();
        }

        if (ends)
        {
            // Earlier frames may have closed it.
            _ = _links.Remove(link.IdAt(this));
            link.Hang(this);
            Machine.LinkDown(
                link.IdAt(this),
                end?.Close.Reason ?? CloseReason.ConnectionLost,
                byRemote: end is not null
            );
            Apply();
        }

        return ends || frames.Count > 0;
    }

    /// <summary>Joins by the other side's invite.</summary>
    public void Join()
    {
        if (!Machine.IsContact && !Owner.Blocked.Contains(Remote.Label))
        {
            _ = Machine.AcceptByMail(Remote.Name, MailIntroduction.Request, Simulation.Capability);
            Apply();
        }
    }

    /// <summary>Accepts a request that came by mail and waits for the user.</summary>
    public void AcceptMailRequest()
    {
        if (!Owner.MailRequests.Contains(Remote.Label))
        {
            return;
        }

        // The request is deleted in the same commit, and therefore after it.
        if (Owner.Store.Contacts.GetValueOrDefault(Remote.Label)?.Snapshot.AcceptedAs is not null)
        {
            _ = Owner.MailRequests.Remove(Remote.Label);
        }
        else if (!Machine.IsContact)
        {
            _ = Machine.AcceptByMail(Remote.Name, MailIntroduction.Accept, Simulation.Capability);
            Apply();
        }
    }

    /// <summary>Composes an envelope, if there is anything to send.</summary>
    public void Compose(int maxBytes)
    {
        _ = Machine.ComposeMail(maxBytes, request: null, Simulation.Capability);
        Apply();
    }

    /// <summary>Receives one envelope.</summary>
    public void Take(SimulatedMailbox.Envelope envelope)
    {
        if (_world.IsTraced)
        {
            _world.Trace($"{Owner.Label} reads mail {envelope.Number}: {string.Join(' ', envelope.Frames)}");
        }

        if (
            !Machine.IsContact
            && EnvelopeHead.Of(envelope.Frames) is { Request: not null, Grant: { } grant }
            && !Owner.Blocked.Contains(Remote.Label)
        )
        {
            // Some invites have been used already, so that the user decides. The envelope's messages come again.
            if (_world.Random.Next(4) == 0)
            {
                _ = Owner.MailRequests.Add(Remote.Label);
                _world.Mailbox.Delete(envelope.Number);
                return;
            }

            _ = Machine.AcceptByMail(Remote.Name, MailIntroduction.Accept, grant);
            Apply();
        }

        if (Machine.IsContact)
        {
            KeepDuplicates(envelope.Frames);
        }

        var outcome = Machine.ReceiveMail(envelope.Number, [.. envelope.Frames.Select(Known)]);
        Apply();
        if (outcome != MailOutcome.Bad)
        {
            return;
        }
        // No peer forges mail, so bad mail comes only from peers that are not contacts.
        if (Machine.IsContact)
        {
            _world.Checker.Violated($"{Owner.Label} rejects mail {envelope.Number} from {Remote.Label}");
        }

        _world.Mailbox.Delete(envelope.Number);
    }

    /// <summary>Records that an envelope is in the other side's mailbox.</summary>
    public void Deposited(ConversationMail mail)
    {
        Machine.Deposited(mail);
        if (
            _world.Fault == TestFault.DepositAcknowledges
            && mail.To > mail.From
            && mail.Epoch == Machine.Snapshot.Conversation.Epoch
        )
        {
            var own = Machine.Snapshot.Conversation;
            var resume = new Resume
            {
                SendEpoch = Math.Max(1, own.TheirEpoch),
                SendBase = Math.Max(1, own.TheirNext),
                ReceiveEpoch = own.Epoch,
                ReceiveNext = mail.To,
            };
            _ = Machine.ReceiveMail(-1, [new Frame { Resume = resume }]);
        }

        Apply();
    }

    /// <summary>Executes one effect that has stopped waiting.</summary>
    /// <returns>False if there is none.</returns>
    public bool CarryOut()
    {
        if (_sends.TryPeek(out var send) && send.Ticket <= Owner.Store.Committed)
        {
            _ = _sends.Dequeue();
            _world.Checker.SendAccepted(send.Text);
            // The result of the call. An event may have reported a later state.
            if (!_world.Checker.HasStateOf(send.Text))
            {
                _world.Checker.StateSeen(send.Text, send.State, _world.Now);
            }
        }
        else if (CanDo(_outputs))
        {
            CarryOut(_outputs.Dequeue().Effect);
        }
        else if (CanDo(_afterAll))
        {
            CarryOut(_afterAll.Dequeue().Effect);
        }
        else
        {
            return false;
        }

        Apply();
        return true;
    }

    /// <summary>Takes the effects of the session's machine.</summary>
    public void Apply()
    {
        foreach (var effect in Machine.TakeEffects())
        {
            CheckErased(effect);
            if (effect is SessionEffect.Store store)
            {
                foreach (var received in (store.Change as Change.Received)?.Messages ?? [])
                {
                    NoteDeletedByThem(received.Content);
                }

                var ticket = Owner.Store.Add(Remote.Label, _firstEpoch, store.Change);
                if (_world.IsTraced)
                {
                    _world.Trace($"{Owner.Label} stores {ticket}: {store.Change}");
                }

                if (store.Change.IsBinding)
                {
                    _binding = ticket;
                }

                if (store.Change is Change.ContactRemoved)
                {
                    Profiles.Forget();
                }
            }
            else if (!Profiles.Arrived(effect))
            {
                continue;
            }
            else if (effect is SessionEffect.Acknowledge && _world.Fault == TestFault.AckBeforeCommit)
            {
                CarryOut(effect);
            }
            else if (_world.Fault == TestFault.ToldBeforeCommit || !WaitsForAll(effect))
            {
                _outputs.Enqueue((_binding, effect));
            }
            else
            {
                _afterAll.Enqueue((Owner.Store.Last, effect));
            }
        }
    }

    private static bool WaitsForAll(SessionEffect effect) =>
        effect
            is SessionEffect.Deliver
                or SessionEffect.Sent
                or SessionEffect.Delivered
                or SessionEffect.DeliveredLate
                or SessionEffect.Abandoned
                or SessionEffect.ReadByThem
                or SessionEffect.MailReceived
                or SessionEffect.Recall
                or SessionEffect.Lost;

    private bool CanDo(Queue<(long Ticket, SessionEffect Effect)> queue) =>
        queue.TryPeek(out var next) && next.Ticket <= Owner.Store.Committed;

    private void CarryOut(SessionEffect effect)
    {
        if (_world.IsTraced)
        {
            _world.Trace($"{Owner.Label} does: {effect}");
        }

        switch (effect)
        {
            case SessionEffect.Transmit transmit when _links.TryGetValue(transmit.Link, out var link):
                link.Enqueue(this, _world.Spoil(transmit.Frame));
                break;
            case SessionEffect.Acknowledge acknowledge when _links.TryGetValue(acknowledge.Link, out var link):
                link.Acknowledge(this, _world.Spoil(new Frame { Ack = acknowledge.Ack }).Ack);
                break;
            case SessionEffect.Close close when _links.Remove(close.Link, out var link):
                link.Close(this, close.Reason);
                if (close.Reason == CloseReason.ProtocolViolation)
                {
                    _world.Checker.Violated($"{Owner.Label} reports a protocol violation by {Remote.Label}");
                }

                break;
            case SessionEffect.LinkInUse or SessionEffect.ProfileAsked or SessionEffect.ProfileReceived:
                Profiles.CarryOut(effect);
                break;
            case SessionEffect.CheckName check:
                Machine.NameChecked(check.Link, Simulation.Check(Owner, Remote), _world.Now);
                break;
            case SessionEffect.RequestArrived arrived when Owner.Blocked.Contains(Remote.Label):
                _world.Checker.Refusing(Owner.Label, Remote.Label);
                _ = Machine.Reject(RejectReason.Declined);
                break;
            case SessionEffect.RequestArrived { Known: true }:
                Machine.ReportInvite(InviteState.Used);
                _ = Machine.Accept();
                break;
            case SessionEffect.Deposit deposit:
                _world.Depositing(this, deposit.Mail);
                break;
            case SessionEffect.MailReceived taken:
                _world.Delete(Owner, taken.Mail);
                break;
            case SessionEffect.Sent sent:
                Tell(sent.Message, SeenState.Sent);
                break;
            case SessionEffect.Delivered delivered:
                Tell(delivered.Message, SeenState.Delivered);
                break;
            case SessionEffect.DeliveredLate late:
                _world.Checker.StateSeen(_world.TextOf(late.Id), SeenState.Delivered, _world.Now);
                break;
            case SessionEffect.Abandoned given:
                Tell(given.Message, StoredContact.StateAfter(given.Reason));
                break;
            case SessionEffect.Recall recall:
                var (messages, gone) = FindLost(recall);
                var now = Owner.Reading;
                foreach (var message in messages)
                {
                    _world.Queueing(Owner, message.Id);
                }

                Machine.Conversation.Recalled(
                    recall,
                    [
                        .. messages.Select(message =>
                            message with
                            {
                                QueuedAtRan = now.Ran,
                                QueuedAtDirectory = now.Directory,
                            }
                        ),
                    ],
                    gone
                );
                break;
            case SessionEffect.Lost lost:
                _world.Checker.StateSeen(
                    Owner.Store.Contacts[Remote.Label].TextOf(lost.Id),
                    SeenState.Lost,
                    _world.Now
                );
                break;
            case SessionEffect.ReadByThem read when Owner.Store.Contacts.TryGetValue(Remote.Label, out var contact):
                foreach (var text in contact.ReadBelow(read.Epoch, read.Next))
                {
                    _world.Checker.StateSeen(text, SeenState.Read, _world.Now);
                }

                break;
        }
    }

    private (IReadOnlyList<OutgoingMessage> Messages, IReadOnlyList<Guid> Lost) FindLost(SessionEffect.Recall asked)
    {
        if (Owner.Store.Disk is not { } disk)
        {
            return Owner.Store.Contacts[Remote.Label].Recall(asked, Owner.Now - Owner.Options.Expiry);
        }

        var found = disk.Recall(Remote.Id, asked, StoredRecall.Oldest(Owner.Reading, Owner.Options.Expiry));
        return (found.Messages, found.Lost);
    }

    private void Tell(OutgoingMessage message, SeenState state) =>
        _world.Checker.StateSeen(_world.TextOf(message.Id), state, _world.Now);

    // An older version ignores content.
    private Frame Known(Frame frame)
    {
        if (!Owner.IsOld || frame.Message is null)
        {
            return frame;
        }

        var known = frame.Clone();
        (known.Message.Content, known.Message.ExpiresAfter) = (ByteString.Empty, 0);
        return known;
    }

    private void NoteDelete(MessageContent? content, Guid id)
    {
        if (content is MessageContent.Delete delete)
        {
            _deletes[delete.Id] = _world.Contents.NumberOf(id);
        }
    }

    private void NoteDeletedByThem(MessageContent? content)
    {
        if (content is MessageContent.Delete delete)
        {
            _ = _deletedByThem.Add(delete.Id);
        }
    }

    private void CheckErased(SessionEffect effect)
    {
        IEnumerable<Frame> frames = effect switch
        {
            _ when _deletes.Count + _deletedByThem.Count == 0 => [],
            SessionEffect.Transmit transmit => [transmit.Frame],
            SessionEffect.Deposit deposit => deposit.Mail.Frames,
            _ => [],
        };
        foreach (var message in frames.Select(frame => frame.Message).OfType<ChatMessage>())
        {
            _world.Contents.CheckErased(this, message, _deletes, _deletedByThem);
        }
    }

    // With deduplication off, stores what the machine drops as a duplicate.
    private void KeepDuplicates(IEnumerable<Frame> frames)
    {
        if (_world.Fault != TestFault.DedupOff)
        {
            return;
        }

        var theirs = Machine.Snapshot.Conversation;
        foreach (var frame in frames.Where(frame => frame.BodyCase == Frame.BodyOneofCase.Message))
        {
            if ((frame.Message.Epoch, frame.Message.Sequence).CompareTo((theirs.TheirEpoch, theirs.TheirNext)) < 0)
            {
                Owner.Store.AddDuplicate(Remote.Label, _world.TextOf(new Guid(frame.Message.Id.Span, bigEndian: true)));
            }
        }
    }
}
