using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The keys that were added last, up to a limit. Not thread-safe.</summary>
internal sealed class LatestKeys(int max)
{
    private readonly LinkedList<PeerId> _order = new();
    private readonly Dictionary<PeerId, LinkedListNode<PeerId>> _nodes = [];

    /// <summary>Adds a key, or makes it the latest.</summary>
    /// <returns>The oldest key, if it was removed because of the limit.</returns>
    public PeerId? Add(PeerId key)
    {
        Remove(key);
        _nodes[key] = _order.AddLast(key);
        if (_nodes.Count <= max)
        {
            return null;
        }

        var oldest = _order.First!.Value;
        Remove(oldest);
        return oldest;
    }

    public void Remove(PeerId key)
    {
        if (_nodes.Remove(key, out var node))
        {
            _order.Remove(node);
        }
    }
}
