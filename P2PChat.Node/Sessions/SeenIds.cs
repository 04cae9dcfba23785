namespace P2PChat.Node.Sessions;

/// <summary>
/// The ids of the last messages published from one peer. The store has all ids, but only after a write, and an
/// ephemeral peer publishes messages before that. Guarded by the session's lock.
/// </summary>
internal sealed class SeenIds
{
    /// <summary>
    /// The size of an outbox, whose messages may all arrive again in a new epoch (docs/protocol.md, section 7).
    /// </summary>
    public const int Capacity = 4096;

    private readonly HashSet<Guid> _ids = [];
    private readonly Queue<Guid> _order = new();

    /// <returns>False if the id is known already.</returns>
    public bool TryAdd(Guid id)
    {
        if (!_ids.Add(id))
        {
            return false;
        }

        _order.Enqueue(id);
        if (_order.Count > Capacity)
        {
            _ = _ids.Remove(_order.Dequeue());
        }

        return true;
    }
}
