using System.Buffers;
using Google.Protobuf;

namespace P2PChat.Protocol;

/// <summary>Reads a message of Protobuf that a stranger wrote.</summary>
internal static class Protobuf
{
    /// <returns>Null if the bytes are not a message.</returns>
    public static T? TryParse<T>(MessageParser<T> parser, in ReadOnlySequence<byte> bytes)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or IndexOutOfRangeException or ArgumentException or OverflowException)
        {
            // The library adds a length near 2^31 to its position without a look, and then fails otherwise than it says.
            return null;
        }
    }
}
