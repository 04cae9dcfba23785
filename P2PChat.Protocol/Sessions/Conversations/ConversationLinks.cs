namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>The open links of a conversation, and which of them carries its messages.</summary>
internal sealed class ConversationLinks
{
    private readonly HashSet<int> _open = [];

    /// <summary>The link that carries messages, on which a Resume arrived last. Null if there is none.</summary>
    public int? Current { get; set; }

    public bool IsEmpty => _open.Count == 0;

    /// <summary>All open links, oldest first.</summary>
    public IEnumerable<int> All => _open.Order();

    public bool Contains(int link) => _open.Contains(link);

    public void Add(int link) => _open.Add(link);

    public void Remove(int link)
    {
        _ = _open.Remove(link);
        if (Current == link)
        {
            Current = null;
        }
    }
}
