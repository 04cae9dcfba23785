using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Peer.Chat;

/// <summary>
/// Which message each of the newest keys made, without its text: that is its history's to keep. Not thread-safe: its
/// session guards it.
/// </summary>
internal sealed class IdempotencyKeys
{
    private const int Kept = 1024;

    private readonly Dictionary<string, (Message Message, byte[] TextHash)> _messages = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <param name="isSame">Whether the text is the one of the first call.</param>
    /// <returns>The message that the key made, with <paramref name="text"/>; null if it made none.</returns>
    public Message? Find(string key, string text, out bool isSame)
    {
        var found = _messages.TryGetValue(key, out var earlier);
        isSame = found && earlier.TextHash.AsSpan().SequenceEqual(HashOf(text));
        return found ? earlier.Message with { Text = text } : null;
    }

    public void Add(string key, Message message)
    {
        if (_order.Count == Kept)
            _ = _messages.Remove(_order.Dequeue());
        _messages.Add(key, (message with { Text = "" }, HashOf(message.Text)));
        _order.Enqueue(key);
    }

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
