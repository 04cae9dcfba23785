using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// Reads a message of Protobuf that a stranger wrote. The library adds a length near 2^31 to its position without a look:
/// what it then reads with is wrong, and a frame of 20 bytes makes it ask for 2 GiB of memory. So each length is held
/// against what is left before the library sees any.
/// </summary>
internal static class Protobuf
{
    // As the library's own.
    private const int MaxDepth = 100;

    /// <returns>Null if the bytes are not a message.</returns>
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

    /// <summary>Walks over the fields to the end of the bytes, or of the group.</summary>
    /// <param name="type">Null where it is not known; then no field is taken for a message.</param>
    /// <param name="group">The number of the group that this is; 0 if none.</param>
    private static bool TryWalk(ref ReadOnlySpan<byte> rest, MessageDescriptor? type, uint group, int depth)
    {
        if (depth > MaxDepth)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            if (!TryReadVarint(ref rest, out var tag) || tag >> 3 is not (> 0 and var number))
            {
                return false;
            }

            switch (tag & 7)
            {
                case 0 when TryReadVarint(ref rest, out _):
                    break;
                case 1 when TrySkip(ref rest, 8):
                    break;
                case 2 when TryReadVarint(ref rest, out var length) && length <= rest.Length:
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

    // The lower 32 bits, for tags and lengths: more the library does not look at either.
    private static bool TryReadVarint(ref ReadOnlySpan<byte> rest, out uint value)
    {
        value = 0;
        for (var i = 0; i < rest.Length && i < 10; i++)
        {
            if (i < 5)
            {
                value |= (uint)(rest[i] & 0x7F) << (7 * i);
            }

            if (rest[i] <= 0x7F)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
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
