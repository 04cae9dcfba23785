using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// The ends of each author's chains of messages, so that making the next one does not search them all.
/// </summary>
internal sealed class AuthorChains
{
    private readonly Dictionary<PeerId, HashSet<MessageNode>> _ends = [];
    private readonly HashSet<(PeerId Author, RoomEventId Previous)> _followed = [];

    public IReadOnlyCollection<MessageNode> EndsOf(PeerId author) => _ends.GetValueOrDefault(author) ?? [];

    /// <param name="previous">The message that this one follows; null if it is unknown or there is none.</param>
    public void Add(MessageNode node, MessageNode? previous)
    {
        var author = node.Event.Author;
        if (!_ends.TryGetValue(author, out var ends))
        {
            _ends[author] = ends = [];
        }

        if (node.Event.Previous is { } id)
        {
            _ = _followed.Add((author, id));
        }

        if (previous is not null)
        {
            _ = ends.Remove(previous);
        }

        // The one that follows may have arrived before.
        if (!_followed.Contains((author, node.Event.Id)))
        {
            _ = ends.Add(node);
        }
    }
}
