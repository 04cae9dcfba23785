using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Protocol.Content;
using P2PChat.Tests.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// One peer's store. Commits changes in order, in groups and with a delay. A crash loses some of the changes that were
/// not reported as committed.
/// </summary>
internal sealed class SimulatedStore(SimulatedPeer owner, Simulation world)
{
    private readonly List<(long Ticket, string Remote, ulong FirstEpoch, Change Change)> _pending = [];
    private SortedDictionary<string, StoredContact> _contacts = new(StringComparer.Ordinal);
    private long _last;
    private long _checkedVersion;

    /// <summary>The real store of the peer; null if it has none.</summary>
    public SimulatedDisk? Disk { get; } = world.Timers.NewDisk(owner);

    /// <summary>All changes up to this ticket are committed.</summary>
    public long Committed { get; private set; }

    /// <summary>The ticket of the last change.</summary>
    public long Last => _last;

    public int Pending => _pending.Count;

    public IReadOnlyDictionary<string, StoredContact> Contacts => _contacts;

    /// <summary>Whether a check of the stored states may find something new. Reading a real store takes long.</summary>
    public bool HasChanged() => Disk is not { Version: var version } || _checkedVersion != (_checkedVersion = version);

    /// <param name="firstEpoch">The conversation's first epoch, if the store does not have it yet.</param>
    /// <returns>The change's ticket.</returns>
    public long Add(string remote, ulong firstEpoch, Change change)
    {
        _pending.Add((++_last, remote, firstEpoch, change));
        return _last;
    }

    public void Commit(int count)
    {
        foreach (var (ticket, remote, firstEpoch, change) in _pending.Take(count))
        {
            ContactOf(remote, firstEpoch).Apply(change);
            Disk?.Add(world.PeerOf(remote).Id, firstEpoch, change);
            Committed = ticket;
        }

        _pending.RemoveRange(0, count);
        if (count > 0)
        {
            Disk?.Flush();
        }
    }

    /// <summary>Ends the process. Changes that were being written may be lost.</summary>
    public void Crash(int survive)
    {
        Commit(survive);
        _pending.Clear();
        Committed = _last;
        Disk?.Restart();
    }

    public StoreBackup Backup() =>
        new(_contacts.ToDictionary(contact => contact.Key, contact => contact.Value.Copy()), Disk?.Copy(), owner.Ran);

    /// <summary>Replaces the store by a backup.</summary>
    /// <param name="isNoticed">
    /// Whether the peer knows. Otherwise its data directory was replaced without notice.
    /// </param>
    public void Restore(StoreBackup backup, bool isNoticed)
    {
        if (backup.File is { } file)
        {
            Disk!.Restore(file);
        }

        _contacts = new SortedDictionary<string, StoredContact>(StringComparer.Ordinal);
        var (sent, received) = (new Dictionary<string, SeenState>(), new HashSet<string>());
        foreach (var (name, contact) in backup.Contacts)
        {
            _contacts.Add(name, contact.Copy());
            // Until it has begun an epoch, even after more crashes.
            _contacts[name].NeedsEpoch |= isNoticed;
            if (!isNoticed)
            {
                world.Checker.Unaware(owner.Label, name);
            }

            foreach (var (text, state) in contact.States)
            {
                sent.Add(text, state);
            }

            received.UnionWith(contact.Received);
        }

        world.Checker.Restored(owner.Label, sent, received);
    }

    /// <summary>For one fault, stores a duplicate again.</summary>
    public void AddDuplicate(string remote, string text)
    {
        if (_contacts.TryGetValue(remote, out var contact))
        {
            contact.AddDuplicate(text);
        }
    }

    private StoredContact ContactOf(string remote, ulong firstEpoch)
    {
        if (!_contacts.TryGetValue(remote, out var contact))
        {
            _contacts.Add(
                remote,
                contact = new StoredContact(
                    owner,
                    remote,
                    world,
                    new SessionSnapshot(null, new ConversationSnapshot(firstEpoch))
                )
            );
        }

        return contact;
    }
}

/// <summary>A copy of a store.</summary>
/// <param name="File">The copy of its <see cref="SimulatedDisk"/>; null if it has none.</param>
/// <param name="Ran">The peer's running time, which is in the store as well.</param>
internal sealed record StoreBackup(IReadOnlyDictionary<string, StoredContact> Contacts, string? File, TimeSpan Ran);

/// <summary>A store's data of one contact: the conversation's state, and the messages of both sides.</summary>
internal sealed class StoredContact
{
    private readonly SimulatedPeer _owner;
    private readonly string _remote;
    private readonly Simulation _world;
    private readonly StoredConversation _conversation;
    private readonly Dictionary<Guid, Own> _sent = [];
    private readonly HashSet<Guid> _receivedIds = [];
    private readonly List<string> _received = [];
    private readonly List<HistoryMessage> _messages = [];
    private readonly HashSet<(Guid Id, bool IsOwn)> _deletedHere = [];

    public StoredContact(SimulatedPeer owner, string remote, Simulation world, SessionSnapshot start)
    {
        (_owner, _remote, _world) = (owner, remote, world);
        _conversation = new StoredConversation(start.Conversation);
        if (start.AcceptedAs is { } name)
        {
            _conversation.Apply(new Change.Accepted(name) { Introduction = start.Introduction });
            if (!start.IsUnconfirmed)
            {
                _conversation.Apply(new Change.Confirmed());
            }
        }

        if (start.Features != PeerFeatures.None)
        {
            _conversation.Apply(new Change.FeaturesChanged(start.Features));
        }
    }

    /// <summary>What a start of the peer reads.</summary>
    public SessionSnapshot Snapshot => _owner.Store.Disk?.Load(_world.PeerOf(_remote).Id) ?? _conversation.Session;

    /// <summary>Its messages that disappear.</summary>
    public FadingCopies Fading { get; private set; } = new();

    /// <summary>Whether it was restored and has not begun a new epoch yet.</summary>
    public bool NeedsEpoch { get; set; }

    public IEnumerable<(string Text, SeenState State)> States => _sent.Values.Select(own => (TextOf(own), own.State));

    public IReadOnlyList<string> Received => _received;

    /// <summary>All messages in the order in which they were sent and received.</summary>
    public IReadOnlyList<HistoryMessage> Messages => _messages;

    /// <summary>What the user sees of them.</summary>
    public ContentHistory History { get; private set; } = new([]);

    public SeenState StateOf(Guid id) => _sent[id].State;

    public IEnumerable<string> ReadBelow(ulong epoch, ulong next) =>
        _sent
            .Values.Where(own => own.Epoch == epoch && own.Sequence < next && own.State == SeenState.Read)
            .Select(TextOf);

    public StoredContact Copy()
    {
        var copy = new StoredContact(_owner, _remote, _world, _conversation.Session)
        {
            NeedsEpoch = NeedsEpoch,
            Fading = Fading.Copy(),
        };
        foreach (var (id, own) in _sent)
        {
            copy._sent.Add(id, own);
        }

        copy._receivedIds.UnionWith(_receivedIds);
        copy._deletedHere.UnionWith(_deletedHere);
        copy._received.AddRange(_received);
        copy._messages.AddRange(_messages);
        copy.History = new ContentHistory(_messages);
        return copy;
    }

    public void Apply(Change change)
    {
        _conversation.Apply(change);
        switch (change)
        {
            case Change.Queued queued:
                var state = queued.Sent ? SeenState.Sent : SeenState.Queued;
                Erase(queued);
                _sent.Add(queued.Message.Id, new Own(queued.Message, state, queued.Epoch, queued.Sequence));
                Add(HistoryMessage.Of(queued.Message));
                Fading.Add(new FadingCopy(queued.Message.Id, IsOwn: true, queued.Message.ExpiresAfter, default));
                break;
            case Change.Transmitted went:
                Move(
                    own =>
                        own.Epoch == went.Epoch
                        && own.Sequence >= went.From
                        && own.Sequence < went.To
                        && own.State == SeenState.Queued,
                    SeenState.Sent
                );
                break;
            case Change.Abandoned given:
                _sent[given.Id] = _sent[given.Id] with { State = StateAfter(given.Reason) };
                _world.Checker.Abandoned(TextOf(given.Id));
                break;
            case Change.Acknowledged cleared:
                foreach (
                    var text in Move(
                        own =>
                            own.Epoch == cleared.Epoch
                            && own.Sequence < cleared.Base
                            && own.State < SeenState.Delivered,
                        SeenState.Delivered
                    )
                )
                {
                    _world.Checker.LeftOutbox(text);
                }

                foreach (var id in cleared.Late)
                {
                    _sent[id] = _sent[id] with { State = SeenState.Delivered };
                    _world.Checker.LeftOutbox(TextOf(id));
                }

                break;
            case Change.ReadByThem read:
                _ = Move(
                    own => own.Epoch == read.Epoch && own.Sequence < read.Next && own.State == SeenState.Delivered,
                    SeenState.Read
                );
                break;
            case Change.Read read:
                Fading.Read(new Position(read.Epoch, read.Next));
                break;
            case Change.EpochBegun begun:
                if (begun.Recalled is { } recalled)
                {
                    Lose(recalled);
                }

                for (var i = 0; i < begun.Ids.Count; i++)
                {
                    _sent[begun.Ids[i]] = _sent[begun.Ids[i]] with { Epoch = begun.Epoch, Sequence = (ulong)i + 1 };
                }

                NeedsEpoch = false;
                _world.Checker.Aware(_owner.Label, _remote);
                break;
            case Change.Received took:
                foreach (var message in took.Messages)
                {
                    Receive(message);
                    EraseQuotes(message);
                }

                Assert.All(took.Cleared, cleared => Assert.Equal(cleared.Text, _sent[cleared.Id].Message.Text));

                break;
        }
    }

    /// <summary>The user deletes messages on this side.</summary>
    public void DeleteHere(IEnumerable<(Guid Id, bool IsOwn)> messages)
    {
        foreach (var (id, isOwn) in messages)
        {
            _ = _deletedHere.Add((id, isOwn));
            if (Fading.Find(id, isOwn) is { } copy)
            {
                copy.IsSeen = true;
            }
        }
    }

    public bool IsDeletedHere(Guid id, bool isOwn) => _deletedHere.Contains((id, isOwn));

    /// <summary>Whether the user sees a message.</summary>
    public bool IsShown(HistoryRow row) =>
        !IsDeletedHere(row.Id, row.IsOwn) && Fading.Find(row.Id, row.IsOwn) is not { IsGone: true };

    /// <summary>Whether a message of this side is delivered, or never will be.</summary>
    public bool HasEnded(Guid id) => _sent[id].State is not (SeenState.Queued or SeenState.Sent);

    /// <summary>Whether the text of an own message is erased, or that of the message that it changes.</summary>
    public bool IsErased(Guid id) =>
        Fading.Find(id, isOwn: true) is { IsGone: true }
        || _sent[id].Message.Content switch
        {
            MessageContent.Edit edit => Fading.Find(edit.Id, isOwn: true) is { IsGone: true },
            MessageContent.Reaction { To: var to } => Fading.Find(to.Id, !to.Yours) is { IsGone: true },
            _ => false,
        };

    public bool IsEdited(Guid id) => History.Rows.Any(row => row.IsOwn && row.Id == id && row.EditedAt is not null);

    public bool HasFailed(Guid id) => _sent[id].State is >= SeenState.Expired;

    /// <summary>Whether an edit of a message is in the outbox, which keeps the message.</summary>
    public bool HasWaitingEdit(FadingCopy copy) =>
        copy.IsOwn
        && _sent.Values.Any(own =>
            own.Message.Content is MessageContent.Edit edit && edit.Id == copy.Id && !HasEnded(own.Message.Id)
        );

    public void AddDuplicate(string text)
    {
        _received.Add(text);
        _world.Checker.Received(_owner.Label, _remote, text);
    }

    /// <summary>Checks that a restart shows what the running process shows.</summary>
    public void CheckHistory()
    {
        var (shown, restarted) = (Describe(History), Describe(new ContentHistory(_messages)));
        if (!shown.SequenceEqual(restarted))
        {
            _world.Checker.Violated(
                $"{_owner} shows {string.Join('|', shown)} of {_remote}, "
                    + $"and after a restart {string.Join('|', restarted)}"
            );
        }

        static IEnumerable<string> Describe(ContentHistory history) =>
            history.Rows.Select(row => row.Describe(fromOtherSide: false));
    }

    /// <summary>
    /// Finds messages that the other side has lost. The newest are sent again, oldest first; the rest are lost.
    /// </summary>
    public (IReadOnlyList<OutgoingMessage> Messages, IReadOnlyList<Guid> Lost) Recall(
        SessionEffect.Recall asked,
        DateTimeOffset after
    )
    {
        var lost = DeliveredFrom(asked.Kept).ToList();
        var again = lost.Where(own => own.Value.Message.SentAt > after).Take(asked.MaxMessages).ToList();
        // Without gaps, like the real store.
        var whole = again.Count > 0 && lost.IndexOf(again[^1]) == again.Count - 1 ? again.Count : 0;
        return (
            [.. lost.Take(whole).Reverse().Select(own => own.Value.Message)],
            [.. lost.Skip(whole).Select(own => own.Key)]
        );
    }

    public string TextOf(Guid id) => _world.TextOf(id);

    private string TextOf(Own own) => TextOf(own.Message.Id);

    public static SeenState StateAfter(AbandonReason reason) =>
        reason switch
        {
            AbandonReason.Expired => SeenState.Expired,
            AbandonReason.Unconfirmed => SeenState.Unconfirmed,
            AbandonReason.Refused => SeenState.Refused,
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };

    // After a restore the same message may arrive with another sequence.
    private void Receive(IncomingMessage message)
    {
        if (!_receivedIds.Add(message.Id) && _world.Fault != TestFault.DedupOff)
        {
            return;
        }

        _received.Add(TextOf(message.Id));
        _world.Checker.Received(_owner.Label, _remote, TextOf(message.Id));
        _world.Contents.Check(_owner.Label, _owner.IsOld, message);
        Add(HistoryMessage.Of(message));
        Fading.Add(
            new FadingCopy(
                message.Id,
                IsOwn: false,
                message.ExpiresAfter,
                new Position(message.Epoch, message.Sequence)
            )
        );
    }

    // The text of a deleted message, also from messages that were delivered, because they may be sent again.
    private void Erase(Change.Queued queued)
    {
        if (queued.Message.Content is not MessageContent.Delete delete)
        {
            Assert.Empty(queued.Cleared);
            return;
        }

        foreach (
            var (id, own) in _sent.Where(own => SimulatedContents.TargetOf(own.Value.Message) == delete.Id).ToList()
        )
        {
            _sent[id] = own with { Message = SimulatedContents.Erased(own.Message) };
            var index = _messages.FindIndex(message => message.Id == id && message.IsOwn);
            var erased = HistoryMessage.Of(_sent[id].Message);
            // This side shows in its place that it was deleted.
            _messages[index] = id == delete.Id ? erased with { Content = null } : erased;
        }

        foreach (var (sequence, id, content) in queued.Cleared)
        {
            var own = _sent[id];
            Assert.Equal((queued.Epoch, sequence, content), (own.Epoch, own.Sequence, own.Message.Content));
        }
    }

    // This side's reactions quote the text, and may be sent again after they were delivered.
    private void EraseQuotes(IncomingMessage message)
    {
        if (message.Content is not MessageContent.Delete { Id: var deleted })
        {
            return;
        }

        foreach (
            var (id, own) in _sent.Where(own => SimulatedContents.Quotes(own.Value.Message.Content, deleted)).ToList()
        )
        {
            var text = FallbackText.Of(own.Message.Content, "");
            _sent[id] = own with { Message = own.Message with { Text = text } };
            var index = _messages.FindIndex(one => one.Id == id && one.IsOwn);
            _messages[index] = _messages[index] with { Text = text };
        }
    }

    private void Add(HistoryMessage message)
    {
        _messages.Add(message);
        History.Apply(message);
    }

    private void Lose(Recalled recalled)
    {
        foreach (var (id, own) in DeliveredFrom(recalled.Kept).ToList())
        {
            var isSentAgain = recalled.Messages.Any(message => message.Id == id);
            _sent[id] = own with { State = isSentAgain ? SeenState.Sent : SeenState.Lost };
            if (isSentAgain)
            {
                _world.Checker.Recalled(TextOf(own));
                Fading.SendAgain(id);
            }
            else if (_owner.Store.Disk is not null && !History.Rows.Any(row => IsShownOwn(row, id)))
            {
                // The user is not told of what is not shown, and the store sends it again only if it is needed.
                _world.Checker.StateSeen(TextOf(own), SeenState.Lost, _world.Now);
            }
        }
    }

    private bool IsShownOwn(HistoryRow row, Guid id) => row is { IsOwn: true } && row.Id == id && IsShown(row);

    // Newest first.
    private IEnumerable<KeyValuePair<Guid, Own>> DeliveredFrom(Position kept) =>
        _sent
            .Where(own =>
                own.Value.State is SeenState.Delivered or SeenState.Read
                && new Position(own.Value.Epoch, own.Value.Sequence) >= kept
            )
            .OrderByDescending(own => new Position(own.Value.Epoch, own.Value.Sequence));

    private List<string> Move(Func<Own, bool> which, SeenState state)
    {
        var moved = _sent.Where(own => which(own.Value)).Select(own => own.Key).ToList();
        foreach (var id in moved)
        {
            _sent[id] = _sent[id] with { State = state };
        }

        return [.. moved.Select(TextOf)];
    }

    private readonly record struct Own(OutgoingMessage Message, SeenState State, ulong Epoch, ulong Sequence);
}
