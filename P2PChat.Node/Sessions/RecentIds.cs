namespace P2PChat.Node.Sessions;

/// <summary>The last ids of something. Not thread-safe.</summary>
/// <param name="capacity">How many are remembered.</param>
internal sealed class RecentIds<T>(int capacity)
    where T : struct
{
    private readonly HashSet<T> _ids = [];
    private readonly Queue<T> _order = new();

    public bool Contains(T id) => _ids.Contains(id);

    /// <returns>False if the id is known already.</returns>
    public bool TryAdd(T id)
    {
        if (!_ids.Add(id))
        {
            return false;
        }

        _order.Enqueue(id);
        if (_order.Count > capacity)
        {
            _ = _ids.Remove(_order.Dequeue());
        }

        return true;
    }
}
