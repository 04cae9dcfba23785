namespace P2PChat.Protocol.Rooms;

/// <summary>
/// The messages that a member may have: those whose author knew of its join, and the last ones from before it.
/// </summary>
/// <param name="entry">The member's join; null if it has not joined.</param>
/// <param name="history">How many messages from before the join it may have.</param>
internal sealed class VisibleMessages(MessageLog messages, MembershipNode? entry, int history)
{
    // Looked for only if a message from before the join is asked for.
    private HashSet<MessageNode>? _last;

    /// <summary>How many messages were looked at.</summary>
    public int Visited { get; private set; }

    public bool Contains(MessageNode message) =>
        entry is not null && (message.Knows(entry) || (_last ??= LastBefore(entry)).Contains(message));

    private HashSet<MessageNode> LastBefore(MembershipNode join)
    {
        HashSet<MessageNode> last = [];
        for (var i = messages.Ordered.Count - 1; i >= 0 && last.Count < history; i--)
        {
            Visited++;
            if (!messages.Ordered[i].Knows(join))
            {
                _ = last.Add(messages.Ordered[i]);
            }
        }

        return last;
    }
}
