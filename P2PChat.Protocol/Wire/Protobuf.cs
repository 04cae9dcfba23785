using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// Parses untrusted Protobuf messages. Checks every length against the remaining bytes first, because the library
/// overflows its position on lengths near 2^31: a frame of 20 bytes could make it allocate 2 GiB.
/// </summary>
internal static class Protobuf
{
    // The library's own limit.
    private const int MaxDepth = 100;

    /// <returns>Null if the bytes are not a valid message.</returns>
    public static T? TryParse<T>(MessageParser<T> parser, MessageDescriptor type, in ReadOnlySequence<byte> bytes)
        where T : class, IMessage<T>
    {
        var rest = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
        if (!TryWalk(ref rest, type, group: 0, depth: 0))
        {
            return null;
        }

        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>Walks the fields to the end of the bytes or of the group.</summary>
    /// <param name="type">Null if unknown. Its fields are then not walked as messages.</param>
    /// <param name="group">The field number of the enclosing group; 0 if none.</param>
    private static bool TryWalk(ref ReadOnlySpan<byte> rest, MessageDescriptor? type, uint group, int depth)
    {
        if (depth > MaxDepth)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            if (!TryReadUInt32(ref rest, out var tag) || tag >> 3 is not (> 0 and var number))
            {
                return false;
            }

            switch (tag & 7)
            {
                case 0 when Varint.TryRead(ref rest, out _):
                    break;
                case 1 when TrySkip(ref rest, 8):
                    break;
                case 2 when TryReadUInt32(ref rest, out var length) && length <= rest.Length:
                    var content = rest[..(int)length];
                    rest = rest[(int)length..];
                    if (
                        type?.FindFieldByNumber((int)number) is { FieldType: FieldType.Message } field
                        && !TryWalk(ref content, field.MessageType, group: 0, depth + 1)
                    )
                    {
                        return false;
                    }

                    break;
                case 3 when TryWalk(ref rest, type: null, number, depth + 1):
                    break;
                case 4:
                    return group != 0 && number == group;
                case 5 when TrySkip(ref rest, 4):
                    break;
                default:
                    return false;
            }
        }

        return group == 0;
    }

    // Tags and lengths. Like the library, drops the upper 32 bits.
    private static bool TryReadUInt32(ref ReadOnlySpan<byte> rest, out uint value)
    {
        var isComplete = Varint.TryRead(ref rest, out var number);
        value = unchecked((uint)number);
        return isComplete;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> rest, int count)
    {
        if (rest.Length < count)
        {
            return false;
        }

        rest = rest[count..];
        return true;
    }
}
