using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Which messages of removed members, or of those who have left, count: those that the removal has seen, and those
/// whose author knew of it and was a member again. Valid until the next event.
/// </summary>
internal sealed class RemovalMarks
{
    private readonly MessageLog _messages;
    private readonly IReadOnlySet<MembershipNode> _counting;
    private readonly ILookup<PeerId, MembershipNode> _removals;
    private readonly Dictionary<MembershipNode, HashSet<RoomEventId>> _seen = [];

    public RemovalMarks(MembershipLog membership, MessageLog messages)
    {
        _messages = messages;
        _counting = membership.Current.Counting;
        _removals = membership
            .Ordered.Where(node => node.Event.Kind is RoomEventKind.Remove or RoomEventKind.Leave)
            .Where(_counting.Contains)
            .ToLookup(RemovedBy);
    }

    /// <summary>Whether the author was ever removed, or has left.</summary>
    public bool Concern(PeerId author) => _removals.Contains(author);

    public MessageStatus StatusOf(MessageNode message) =>
        // The author's join may not count, for example because the inviter had been removed before.
        _counting.Contains(message.Author.Entry)
        && _removals[message.Event.Author]
            .All(removal => message.Knows(removal) || SeenBy(removal).Contains(message.Event.Id))
            ? MessageStatus.Counts
            : MessageStatus.AfterRemoval;

    private static PeerId RemovedBy(MembershipNode node) =>
        node.Event.Kind == RoomEventKind.Leave ? node.Event.Author : node.Event.Subject;

    // The last messages that the removal names, and those before them in the author's chain.
    private HashSet<RoomEventId> SeenBy(MembershipNode removal)
    {
        if (_seen.TryGetValue(removal, out var seen))
        {
            return seen;
        }

        _seen[removal] = seen = [];
        var author = RemovedBy(removal);
        var rest = new Stack<RoomEventId>(removal.Event.Seen);
        while (rest.TryPop(out var id))
        {
            if (
                seen.Add(id)
                && _messages.Find(id) is { } message
                && message.Event.Author == author
                && message.Event.Previous is { } previous
            )
            {
                rest.Push(previous);
            }
        }

        return seen;
    }
}
