using System.Buffers.Binary;

namespace P2PChat.Node.Backup;

/// <summary>
/// The nonces of one backup: the number of the piece, and whether it is the last (STREAM, Hoang, Reyhanitabar, Rogaway and
/// Vizár 2015), so that pieces cannot be left out, moved, repeated or cut off. Seven zero bytes stand before: the key is
/// for one file alone.
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
