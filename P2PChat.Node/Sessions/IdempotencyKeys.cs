using System.Security.Cryptography;
using System.Text;
using P2PChat.Node.Model;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Which message each of the newest keys made: those that the store has, and those that are on their way to it. Not
/// thread-safe: its session guards it.
/// </summary>
internal sealed class IdempotencyKeys
{
    private const int Kept = 1024;

    private readonly Dictionary<string, (Task<Message> Message, byte[] TextHash)> _messages = new(
        StringComparer.Ordinal
    );
    private readonly Queue<string> _order = new();

    /// <param name="isSame">Whether the text is the one of the first call.</param>
    /// <returns>The message that the key made, when it is kept; null if it made none.</returns>
    public Task<Message>? Find(string key, byte[] textHash, out bool isSame)
    {
        var found = _messages.TryGetValue(key, out var earlier);
        isSame = found && earlier.TextHash.AsSpan().SequenceEqual(textHash);
        return found ? earlier.Message : null;
    }

    public void Add(string key, byte[] textHash, Task<Message> message)
    {
        if (_order.Count == Kept)
        {
            _ = _messages.Remove(_order.Dequeue());
        }

        _messages.Add(key, (message, textHash));
        _order.Enqueue(key);
    }

    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
