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
    public Task<Message>? Find(SendKey key, out bool isSame)
    {
        var found = _messages.TryGetValue(key.Key, out var earlier);
        isSame = found && earlier.TextHash.AsSpan().SequenceEqual(key.TextHash);
        return found ? earlier.Message : null;
    }

    public void Add(SendKey key, Task<Message> message)
    {
        if (_order.Count == Capacity)
        {
            _ = _messages.Remove(_order.Dequeue());
        }

        _messages.Add(key.Key, (message, key.TextHash));
        _order.Enqueue(key.Key);
    }
}

/// <summary>The idempotency key of a message, and a hash of its text and reply target.</summary>
internal readonly record struct SendKey(string Key, byte[] TextHash)
{
    /// <param name="replyTo">The message that it replies to; null if none.</param>
    /// <returns>Null without a key.</returns>
    public static SendKey? Of(string? key, string text, Guid? replyTo = null) =>
        key is null
            ? null
            : new SendKey(
                key,
                SHA256.HashData([
                    .. Encoding.UTF8.GetBytes(text),
                    .. replyTo is { } id ? id.ToByteArray(bigEndian: true) : [],
                ])
            );
}
