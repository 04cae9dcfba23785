namespace P2PChat.Peer.Chat;

/// <summary>Which message each of the newest keys made. Not thread-safe: its session guards it.</summary>
internal sealed class IdempotencyKeys
{
    private const int Kept = 1024;

    private readonly Dictionary<string, Message> _messages = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public Message? Find(string key) => _messages.GetValueOrDefault(key);

    public void Add(string key, Message message)
    {
        if (_order.Count == Kept)
            _ = _messages.Remove(_order.Dequeue());
        _messages.Add(key, message);
        _order.Enqueue(key);
    }
}
