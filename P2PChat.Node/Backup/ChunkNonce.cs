using System.Buffers.Binary;

namespace P2PChat.Node.Backup;

/// <summary>
/// The nonce of a chunk: 7 zero bytes, the chunk's number, and 1 for the last chunk (STREAM: Hoang, Reyhanitabar,
/// Rogaway and Vizár 2015). Chunks cannot be omitted, reordered, repeated or truncated. Zeros suffice, because each
/// file has its own key.
/// </summary>
internal static class ChunkNonce
{
    public const int Size = 12;
    public const int TagSize = 16;

    public static void Write(Span<byte> nonce, uint number, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(nonce[7..], number);
        nonce[11] = isLast ? (byte)1 : (byte)0;
    }
}
