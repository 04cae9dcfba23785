using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Which messages of removed members, or of those who have left, count: those that the removal has seen, and those
/// whose author knew of it and was a member again. Follows the log event by event.
/// </summary>
internal sealed class RemovalMarks(MembershipLog membership, MessageLog messages)
{
    private readonly Dictionary<MembershipNode, SeenMessages> _seen = [];
    private readonly HashSet<MessageNode> _changed = [];
    private readonly Dictionary<PeerId, List<SeenMessages>> _removals = [];
    private Resolution? _current;

    /// <summary>The messages of one author that a removal has seen.</summary>
    private sealed class SeenMessages(MembershipNode removal)
    {
        public MembershipNode Removal => removal;
        public HashSet<RoomEventId> Ids { get; } = [];

        /// <summary>Ids that it has seen, of messages that are unknown.</summary>
        public HashSet<RoomEventId> Wanted { get; } = [.. removal.Event.Seen];
    }

    /// <summary>
    /// Messages that a removal has seen and that are unknown, so that it cannot be decided what else it has seen.
    /// </summary>
    public IEnumerable<(PeerId By, RoomEventId Id)> Wanted
    {
        get
        {
            Refresh();
            return from removal in _removals.Values.SelectMany(removals => removals)
                from id in removal.Wanted
                select (removal.Removal.Event.Author, id);
        }
    }

    public bool IsWanted(RoomEventId id)
    {
        Refresh();
        return _removals.Values.Any(removals => removals.Exists(removal => removal.Wanted.Contains(id)));
    }

    public MessageStatus StatusOf(MessageNode message)
    {
        Refresh();
        // The author's join may not count, for example because the inviter had been removed before.
        return
            _current!.Counting.Contains(message.Author.Entry)
            && (_removals.GetValueOrDefault(message.Event.Author) ?? []).TrueForAll(seen =>
                // The author is back, by an invite that knows of it.
                message.Author.Entry.Ancestors.Contains(seen.Removal) || seen.Ids.Contains(message.Event.Id)
            )
            ? MessageStatus.Counts
            : MessageStatus.AfterRemoval;
    }

    /// <summary>A message has been added to the log.</summary>
    public void Add(MessageNode message)
    {
        foreach (var seen in _removals.GetValueOrDefault(message.Event.Author) ?? [])
        {
            Walk(seen, message.Event.Author);
        }
    }

    /// <summary>The messages whose status may have changed since the last call.</summary>
    public IReadOnlyList<MessageNode> TakeChanged()
    {
        Refresh();
        MessageNode[] changed = [.. _changed];
        _changed.Clear();
        return changed;
    }

    private void Refresh()
    {
        var (before, current) = (_current, membership.Current);
        if (ReferenceEquals(before, current))
        {
            return;
        }

        _current = current;
        // Only these can have become a removal that counts, or an entry that does not.
        var authors = membership
            .Ordered.Where(node => (before?.Counting.Contains(node) ?? false) != current.Counting.Contains(node))
            .Select(ConcernedBy)
            .Where(author => author != default)
            .ToHashSet();
        // Once for all of them: many can change at once.
        var counting = membership
            .Ordered.Where(node => node.Event.Kind is RoomEventKind.Remove or RoomEventKind.Leave)
            .Where(node => authors.Contains(ConcernedBy(node)) && current.Counting.Contains(node))
            .ToLookup(node => (node.Event.Kind, ConcernedBy(node)));
        foreach (var author in authors)
        {
            _removals[author] =
            [
                .. counting[(RoomEventKind.Remove, author)]
                    .Concat(
                        // Of several leaves, the one with the lowest id, which all members have.
                        counting[(RoomEventKind.Leave, author)]
                            .GroupBy(node => node.EnteredBy)
                            .Select(leaves => leaves.MinBy(node => node.Event.Id)!)
                    )
                    .Select(node => SeenBy(node, author)),
            ];
            _changed.UnionWith(messages.Of(author));
        }
    }

    // Whose messages may count, or not, if the event does.
    private static PeerId ConcernedBy(MembershipNode node) =>
        node.Event switch
        {
            { Kind: RoomEventKind.Remove } => node.Event.Subject,
            { Kind: RoomEventKind.Role, Role: RoomRole.Owner } => node.Event.Subject,
            { Kind: RoomEventKind.Leave or RoomEventKind.Join } => node.Event.Author,
            _ => default,
        };

    private SeenMessages SeenBy(MembershipNode removal, PeerId author)
    {
        if (!_seen.TryGetValue(removal, out var seen))
        {
            _seen[removal] = seen = new SeenMessages(removal);
        }

        Walk(seen, author);
        return seen;
    }

    // The last messages that the removal names, and those before them in the author's chain.
    private void Walk(SeenMessages seen, PeerId author)
    {
        var rest = new Stack<RoomEventId>(seen.Wanted.Where(id => messages.Find(id) is not null));
        while (rest.TryPop(out var id))
        {
            if (messages.Find(id) is not { } message)
            {
                _ = seen.Wanted.Add(id);
                continue;
            }

            _ = seen.Wanted.Remove(id);
            if (message.Event.Author == author && seen.Ids.Add(id))
            {
                _ = _changed.Add(message);
                if (message.Event.Previous is { } previous && !seen.Ids.Contains(previous))
                {
                    rest.Push(previous);
                }
            }
        }
    }
}
