using System.Buffers;
using Google.Protobuf;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// Reads the frames of parts of files without copying their data. Reads only the known fields, once each and in order.
/// Anything else falls back to the Protobuf parser.
/// </summary>
internal static class FilePartCodec
{
    private const uint BodyTag = Frame.FilePartFieldNumber << 3 | 2;
    private const byte IdTag = FilePart.IdFieldNumber << 3 | 2;
    private const byte LeafTag = FilePart.LeafFieldNumber << 3;
    private const byte OffsetTag = FilePart.OffsetFieldNumber << 3;
    private const byte DataTag = FilePart.DataFieldNumber << 3 | 2;
    private const byte ProofTag = FilePart.ProofFieldNumber << 3 | 2;

    // Shorter frames are not worth it.
    private const int MinBytes = 256;
    private const int BodyTagBytes = 2;
    private const int MaxNodes = 64;

    /// <returns>
    /// Null if it is another frame, or the Protobuf parser must read it. The data is valid as long as the bytes are.
    /// </returns>
    public static Frame? TryRead(in ReadOnlySequence<byte> frame)
    {
        if (frame.Length < MinBytes || !IsPart(frame))
        {
            return null;
        }

        var bytes = frame.IsSingleSegment ? frame.First : frame.ToArray();
        var rest = bytes.Span[BodyTagBytes..];
        if (!TryReadLength(ref rest, out var length) || length != rest.Length)
        {
            return null;
        }

        var part = new FilePart();
        if (!TryReadBytes(ref rest, IdTag, out var id) || !TryReadNumber(ref rest, LeafTag, out var leaf))
        {
            return null;
        }

        if (
            !TryReadNumber(ref rest, OffsetTag, out var offset)
            || offset > uint.MaxValue
            || !TryReadBytes(ref rest, DataTag, out var data)
        )
        {
            return null;
        }

        var end = bytes.Length - rest.Length;
        part.Id = ByteString.CopyFrom(id);
        (part.Leaf, part.Offset) = (leaf, (uint)offset);
        part.Data = UnsafeByteOperations.UnsafeWrap(bytes[(end - data.Length)..end]);
        while (!rest.IsEmpty)
        {
            if (part.Proof.Count == MaxNodes || !TryReadBytes(ref rest, ProofTag, out var node))
            {
                return null;
            }

            part.Proof.Add(ByteString.CopyFrom(node));
        }

        return new Frame { FilePart = part };
    }

    private static bool IsPart(in ReadOnlySequence<byte> frame)
    {
        Span<byte> tag = stackalloc byte[BodyTagBytes];
        frame.Slice(0, BodyTagBytes).CopyTo(tag);
        var rest = (ReadOnlySpan<byte>)tag;
        return Varint.TryRead(ref rest, out var value) && value == BodyTag && rest.IsEmpty;
    }

    // A field that is left out is 0.
    private static bool TryReadNumber(scoped ref ReadOnlySpan<byte> rest, byte tag, out ulong value)
    {
        value = 0;
        if (rest.IsEmpty || rest[0] != tag)
        {
            return true;
        }

        rest = rest[1..];
        return Varint.TryRead(ref rest, out value, maxLength: Varint.MaxLength - 1);
    }

    private static bool TryReadBytes(scoped ref ReadOnlySpan<byte> rest, byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (rest.IsEmpty || rest[0] != tag)
        {
            return false;
        }

        rest = rest[1..];
        if (!TryReadLength(ref rest, out var length))
        {
            return false;
        }

        content = rest[..length];
        rest = rest[length..];
        return true;
    }

    private static bool TryReadLength(scoped ref ReadOnlySpan<byte> rest, out int length)
    {
        var isRead = Varint.TryRead(ref rest, out var value, maxLength: 5) && value <= (ulong)rest.Length;
        length = isRead ? (int)value : 0;
        return isRead;
    }
}
