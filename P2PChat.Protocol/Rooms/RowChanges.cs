using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// The reactions, edits and deletes of each message, those of one author in their order: only the last one that counts
/// has to be read, however many there are.
/// </summary>
internal sealed class RowChanges(RoomLog log)
{
    private readonly Dictionary<RoomEventId, Dictionary<(PeerId Author, Type Kind), SortedSet<Key>>> _changes = [];
    private readonly Dictionary<RoomEventId, (SortedSet<Key> Set, Key Key)> _places = [];

    // Its own copy of the time, because that of a node in a sorted set must not change.
    private readonly record struct Key(int Lamport, RoomEventId Id) : IComparable<Key>
    {
        public int CompareTo(Key other) =>
            Lamport != other.Lamport ? Lamport.CompareTo(other.Lamport) : Id.CompareTo(other.Id);
    }

    /// <summary>A change has got its place, or its body.</summary>
    public void Add(RoomEvent placed)
    {
        if (
            RoomTimeline.TargetOf(placed) is not { } target
            || _places.ContainsKey(placed.Id)
            || IsTooLate(placed, target)
        )
        {
            return;
        }

        if (!_changes.TryGetValue(target, out var changes))
        {
            _changes[target] = changes = [];
        }

        var kind = (placed.Author, RoomMessage.Of(placed)!.Content!.GetType());
        if (!changes.TryGetValue(kind, out var set))
        {
            changes[kind] = set = [];
        }

        Place(placed.Id, set);
    }

    /// <summary>A message has another place.</summary>
    public void Move(RoomEventId id)
    {
        if (_places.TryGetValue(id, out var place))
        {
            _ = place.Set.Remove(place.Key);
            Place(id, place.Set);
        }
    }

    /// <summary>The authors who have reacted to a message.</summary>
    public IEnumerable<PeerId> ReactedTo(RoomEventId target) =>
        _changes.TryGetValue(target, out var changes)
            ? changes.Keys.Where(key => key.Kind == typeof(RoomContent.Reaction)).Select(key => key.Author)
            : [];

    /// <summary>The changes of one kind by one author that come after the message, the last one first.</summary>
    public IEnumerable<MessageNode> Of<T>(MessageNode target, PeerId author)
        where T : RoomContent =>
        _changes.TryGetValue(target.Event.Id, out var changes) && changes.TryGetValue((author, typeof(T)), out var set)
            ? set.Reverse()
                .Select(key => log.Messages.Find(key.Id)!)
                .TakeWhile(change => MessageNode.Order.Compare(change, target) > 0)
            : [];

    /// <summary>
    /// The last changes that count and come after the message, the last one first: reactions of anybody, and edits and
    /// deletes of its author.
    /// </summary>
    public IEnumerable<MessageNode> LastOf(MessageNode target, int limit, Func<MessageNode, bool> counts) =>
        (_changes.GetValueOrDefault(target.Event.Id) ?? [])
            .Where(one => one.Key.Kind == typeof(RoomContent.Reaction) || one.Key.Author == target.Event.Author)
            .SelectMany(one =>
                one.Value.Reverse()
                    .Select(key => log.Messages.Find(key.Id)!)
                    .TakeWhile(change => MessageNode.Order.Compare(change, target) > 0)
                    .Where(counts)
                    .Take(limit)
            )
            .OrderDescending(MessageNode.Order)
            .Take(limit);

    // Such an edit never counts, so it need not be read for each row. Kept if the text of its message is still missing.
    private bool IsTooLate(RoomEvent placed, RoomEventId target) =>
        RoomMessage.Of(placed) is { Content: RoomContent.Edit } edit
        && log.Messages.Find(target) is { } edited
        && RoomMessage.Of(edited.Event) is { } message
        && !ContentRules.MayEdit(message.SentAt, edit.SentAt);

    private void Place(RoomEventId id, SortedSet<Key> set)
    {
        var key = new Key(log.Messages.Find(id)!.Lamport, id);
        _ = set.Add(key);
        _places[id] = (set, key);
    }
}
