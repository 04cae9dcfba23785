namespace P2PChat.Peer.Chat;

/// <summary>
/// The ids of the messages of one peer that were told last. The store knows all of them, but only once it has written, and an
/// ephemeral peer tells before that. Not thread-safe: its session guards it.
/// </summary>
internal sealed class SeenIds
{
    /// <summary>As many as an outbox holds, and so as can come again in a new epoch (docs/protocol.md, section 7).</summary>
    public const int Capacity = 4096;

    private readonly HashSet<Guid> _ids = [];
    private readonly Queue<Guid> _order = new();

    /// <returns>False if it is among them already.</returns>
    public bool TryAdd(Guid id)
    {
        if (!_ids.Add(id))
            return false;
        _order.Enqueue(id);
        if (_order.Count > Capacity)
            _ = _ids.Remove(_order.Dequeue());
        return true;
    }
}
