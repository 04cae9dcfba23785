namespace P2PChat.Protocol.Rooms;

/// <summary>The messages that are displayed, in their order.</summary>
internal sealed class DisplayedRows
{
    /// <summary>More than that are moved at once.</summary>
    public const int FewMoves = 64;

    // Its own keys, because those of the log change before the display follows.
    private readonly Dictionary<RoomEventId, int> _times = [];
    private List<(int Lamport, RoomEventId Id)> _rows = [];

    public bool Contains(RoomEventId id) => _times.ContainsKey(id);

    /// <summary>The row before a message; null if it is the first.</summary>
    public RoomEventId? Before(MessageNode node)
    {
        var index = _rows.BinarySearch(KeyOf(node));
        return index > 0 ? _rows[index - 1].Id : null;
    }

    /// <summary>Adds a row.</summary>
    public void Set(MessageNode node)
    {
        var key = KeyOf(node);
        _times.Add(key.Id, key.Lamport);
        _rows.Insert(~_rows.BinarySearch(key), key);
    }

    public void Remove(RoomEventId id)
    {
        if (_times.Remove(id, out var lamport))
        {
            _rows.RemoveAt(_rows.BinarySearch((lamport, id)));
        }
    }

    /// <summary>Takes over the places of rows that have moved.</summary>
    public void Move(IReadOnlyList<MessageNode> nodes)
    {
        if (nodes.Count > FewMoves)
        {
            var moved = nodes.Select(node => node.Event.Id).ToHashSet();
            _rows = Merge(_rows.Where(row => !moved.Contains(row.Id)), [.. nodes.Select(KeyOf).Order()], _rows.Count);
        }
        else
        {
            foreach (var node in nodes)
            {
                _rows.RemoveAt(_rows.BinarySearch((_times[node.Event.Id], node.Event.Id)));
            }

            foreach (var key in nodes.Select(KeyOf))
            {
                _rows.Insert(~_rows.BinarySearch(key), key);
            }
        }

        foreach (var node in nodes)
        {
            _times[node.Event.Id] = node.Lamport;
        }
    }

    // Sorting all rows would take many times as long, and a liar can move many with each of its messages.
    private static List<(int, RoomEventId)> Merge(
        IEnumerable<(int, RoomEventId)> rows,
        List<(int, RoomEventId)> moved,
        int count
    )
    {
        var merged = new List<(int, RoomEventId)>(count);
        var next = 0;
        foreach (var row in rows)
        {
            while (next < moved.Count && moved[next].CompareTo(row) < 0)
            {
                merged.Add(moved[next++]);
            }

            merged.Add(row);
        }

        merged.AddRange(moved[next..]);
        return merged;
    }

    private static (int Lamport, RoomEventId Id) KeyOf(MessageNode node) => (node.Lamport, node.Event.Id);
}
