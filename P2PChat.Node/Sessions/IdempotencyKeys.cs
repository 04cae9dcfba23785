using System.Security.Cryptography;
using System.Text;
using P2PChat.Node.Model;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The newest idempotency keys and the message that each produced, whether or not the store has it yet. Guarded by the
/// session's lock.
/// </summary>
internal sealed class IdempotencyKeys
{
    private const int Capacity = 1024;

    private readonly Dictionary<string, (Task<Message> Message, byte[] TextHash)> _messages = new(
        StringComparer.Ordinal
    );
    private readonly Queue<string> _order = new();

    /// <param name="isSame">Whether the text is that of the first call.</param>
    /// <returns>The key's message, which completes once it is stored; null if the key is new.</returns>
    public Task<Message>? Find(string key, byte[] textHash, out bool isSame)
    {
        var found = _messages.TryGetValue(key, out var earlier);
        isSame = found && earlier.TextHash.AsSpan().SequenceEqual(textHash);
        return found ? earlier.Message : null;
    }

    public void Add(string key, byte[] textHash, Task<Message> message)
    {
        if (_order.Count == Capacity)
        {
            _ = _messages.Remove(_order.Dequeue());
        }

        _messages.Add(key, (message, textHash));
        _order.Enqueue(key);
    }

    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
