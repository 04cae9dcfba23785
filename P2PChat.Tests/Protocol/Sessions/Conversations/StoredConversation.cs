using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Protocol.Sessions.Conversations;

/// <summary>An in-memory store that sums up the changes of a conversation, to compare with its state.</summary>
internal sealed class StoredConversation(ConversationSnapshot start)
{
    private readonly List<OutboxEntry> _outbox = [.. start.Outbox];
    private ConversationSnapshot _snapshot = start;

    public Username? AcceptedAs { get; private set; }

    public MailIntroduction Introduction { get; private set; }

    public ReadOnlyMemory<byte>? Capability { get; private set; }

    public PeerFeatures Features { get; private set; }

    public bool IsForRooms { get; private set; }

    public bool IsUnconfirmed { get; private set; }

    public SessionSnapshot Session =>
        new(AcceptedAs, Snapshot)
        {
            Introduction = Introduction,
            Features = Features,
            IsForRooms = IsForRooms,
            IsUnconfirmed = IsUnconfirmed,
        };

    public ConversationSnapshot Snapshot => _snapshot with { Outbox = [.. _outbox] };

    /// <summary>Received messages in order.</summary>
    public List<IncomingMessage> Taken { get; } = [];

    public void Apply(Change change)
    {
        switch (change)
        {
            case Change.Accepted accepted:
                (AcceptedAs, Introduction) = (accepted.Name, accepted.Introduction);
                (IsForRooms, IsUnconfirmed) = (accepted.IsForRooms, !accepted.IsForRooms);
                Capability = accepted.Capability ?? Capability;
                break;
            case Change.Introduced introduced:
                Introduction = introduced.Introduction;
                IsUnconfirmed |= Introduction != MailIntroduction.None;
                Capability = introduced.Capability ?? Capability;
                break;
            case Change.Confirmed:
                Assert.True(IsUnconfirmed);
                IsUnconfirmed = false;
                break;
            case Change.FeaturesChanged changed:
                Assert.NotEqual(Features, changed.Features);
                Features = changed.Features;
                break;
            case Change.ContactRemoved:
                (AcceptedAs, Introduction, Capability) = (null, MailIntroduction.None, null);
                (IsForRooms, IsUnconfirmed) = (false, false);
                break;
            case Change.Queued queued:
                Assert.Equal((_snapshot.Epoch, _snapshot.Base + (ulong)_outbox.Count), (queued.Epoch, queued.Sequence));
                Clear(queued.Cleared);
                _outbox.Add(new OutboxEntry(queued.Message, queued.Sent));
                break;
            case Change.TextsCleared cleared:
                Clear(cleared.All);
                break;
            case Change.Transmitted sent:
                Assert.Equal(_snapshot.Epoch, sent.Epoch);
                for (var i = IndexOf(sent.From); i < IndexOf(sent.To); i++)
                {
                    _outbox[i] = _outbox[i] with
                    {
                        Sent = _outbox[i].Message is not null,
                        Deposited = _outbox[i].Deposited || sent.Deposited,
                    };
                }

                break;
            case Change.DepositsLost lost:
                Assert.Equal(_snapshot.Epoch, lost.Epoch);
                for (var i = IndexOf(lost.From); i < IndexOf(lost.To); i++)
                {
                    _outbox[i] = _outbox[i] with { Deposited = false };
                }

                break;
            case Change.Abandoned given:
                Assert.Equal(given.Id, _outbox[IndexOf(given.Sequence)].Message!.Id);
                _outbox[IndexOf(given.Sequence)] = new OutboxEntry(null)
                {
                    Abandoned = new AbandonedMessage(given.Id, given.MayBeDelivered),
                };
                break;
            case Change.SkipSent skipped:
                var skip = _outbox[IndexOf(skipped.Sequence)];
                Assert.Equal(new AbandonedMessage(skipped.Id, MayBeDelivered: true), skip.Abandoned);
                _outbox[IndexOf(skipped.Sequence)] = skip with
                {
                    Abandoned = new AbandonedMessage(skipped.Id, MayBeDelivered: false),
                };
                break;
            case Change.Acknowledged cleared:
                Assert.True(cleared.Base > _snapshot.Base);
                AssertLate(cleared);
                _outbox.RemoveRange(0, IndexOf(cleared.Base));
                _snapshot = _snapshot with
                {
                    Base = cleared.Base,
                    Checksum = cleared.Checksum,
                    Acknowledged = cleared.ByRemote
                        ? new Position(cleared.Epoch, cleared.Base)
                        : _snapshot.Acknowledged,
                };
                break;
            case Change.EpochBegun begun:
                Assert.True(begun.Epoch > _snapshot.Epoch || _snapshot.Epoch >= Epochs.HighestOwn);
                var recalled = begun.Recalled?.Messages.Select(message => new OutboxEntry(message, Sent: true)) ?? [];
                var left = recalled
                    .Concat(
                        _outbox
                            .Where(entry => entry.Message is not null)
                            .Select(entry => entry with { Deposited = false })
                    )
                    .ToList();
                Assert.Equal(begun.Ids, left.Select(entry => entry.Message!.Id));
                _outbox.Clear();
                _outbox.AddRange(left);
                _snapshot = _snapshot with
                {
                    Epoch = begun.Epoch,
                    Base = 1,
                    ReadByThem = 0,
                    Checksum = ItemChecksum.Start,
                    Acknowledged = begun.Recalled?.Kept ?? _snapshot.Acknowledged,
                };
                break;
            case Change.ReadByThem read:
                Assert.Equal(_snapshot.Epoch, read.Epoch);
                _snapshot = _snapshot with { ReadByThem = read.Next };
                break;
            case Change.Received took:
                Assert.True(
                    (took.Epoch, took.Next).CompareTo((_snapshot.TheirEpoch, _snapshot.TheirNext)) >= 0
                        || _snapshot.TheirEpoch >= Epochs.HighestOwn
                );
                Clear(took.Cleared);
                Taken.AddRange(took.Messages);
                _snapshot = _snapshot with
                {
                    TheirEpoch = took.Epoch,
                    TheirNext = took.Next,
                    TheirChecksum = took.Checksum,
                    TheirPast =
                        took.Epoch == _snapshot.TheirEpoch
                            ? _snapshot.TheirPast
                            : _snapshot.TheirPast.With(
                                _snapshot.TheirKept ?? new Position(_snapshot.TheirEpoch, _snapshot.TheirNext),
                                took.Epoch
                            ),
                    TheirKept = took.Kept,
                    ReadNext = took.Epoch == _snapshot.TheirEpoch ? _snapshot.ReadNext : 0,
                };
                break;
            case Change.Read read:
                _snapshot = _snapshot with { ReadNext = read.Next };
                break;
            case Change.AckOwed owed:
                _snapshot = _snapshot with { AckOwed = owed.Owed };
                break;
            default:
                throw new InvalidOperationException($"Unexpected change: {change}.");
        }
    }

    public void AssertIs(ConversationSnapshot machine)
    {
        Assert.Equal(machine with { Outbox = [] }, _snapshot with { Outbox = [] });
        Assert.Equal(machine.Outbox, _outbox);
    }

    private void Clear(IEnumerable<ClearedMessage> all)
    {
        foreach (var cleared in all)
        {
            var entry = _outbox[IndexOf(cleared.Sequence)];
            Assert.Equal(cleared.Id, entry.Message!.Id);
            _outbox[IndexOf(cleared.Sequence)] = entry with
            {
                Message = entry.Message with { Text = cleared.Text, Content = cleared.Content },
            };
        }
    }

    // Late are the undecided messages, except those whose Skip the checksum shows to have been received.
    private void AssertLate(Change.Acknowledged acknowledged)
    {
        var items = _outbox.Take(IndexOf(acknowledged.Base)).ToList();
        var undecided = items
            .Where(entry => entry.Abandoned is { MayBeDelivered: true })
            .Select(entry => entry.Abandoned!.Value.Id)
            .ToList();
        if (undecided.SequenceEqual(acknowledged.Late))
        {
            return;
        }

        // The sender tries no more combinations than these, and then takes all for late.
        Assert.InRange(items.Count(entry => entry.Abandoned is not null), 1, 6);
        Assert.Subset(undecided.ToHashSet(), acknowledged.Late.ToHashSet());
        HashSet<ulong> checksums = [_snapshot.Checksum];
        foreach (var entry in items)
        {
            Guid[] ids = entry switch
            {
                { Message: { } message } => [message.Id],
                { Abandoned: { MayBeDelivered: true } abandoned } =>
                [
                    acknowledged.Late.Contains(abandoned.Id) ? abandoned.Id : Guid.Empty,
                ],
                _ => [entry.Abandoned!.Value.Id, Guid.Empty],
            };
            checksums = [.. checksums.SelectMany(sum => ids.Select(id => ItemChecksum.Append(sum, id)))];
        }

        Assert.Contains(acknowledged.Checksum, checksums);
    }

    private int IndexOf(ulong sequence) => (int)(sequence - _snapshot.Base);
}
