using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Google.Protobuf;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// The frame of a message, written and read without Protobuf's objects. What is written is what Protobuf would write, byte
/// for byte:
/// <code>
/// 32 length                     message
///    08 epoch   10 sequence     varints; left out where 0, as all that follows where it is empty
///    1A 10 id                   16 bytes
///    20 sent_at 2A length text
/// 7A length traceparent
/// </code>
/// Only that is read, each field once and in this order; of everything else it is Protobuf that says what it means.
/// </summary>
internal static class MessageCodec
{
    private const byte BodyTag = Frame.MessageFieldNumber << 3 | 2;
    private const byte TraceTag = Frame.TraceparentFieldNumber << 3 | 2;
    private const byte EpochTag = ChatMessage.EpochFieldNumber << 3;
    private const byte SequenceTag = ChatMessage.SequenceFieldNumber << 3;
    private const byte IdTag = ChatMessage.IdFieldNumber << 3 | 2;
    private const byte SentAtTag = ChatMessage.SentAtFieldNumber << 3;
    private const byte TextTag = ChatMessage.TextFieldNumber << 3 | 2;
    private const int IdLength = IncomingMessage.IdLength;

    /// <returns>Null if the bytes are anything else than the frame of a message in which all is in order.</returns>
    public static IncomingMessage? TryRead(ReadOnlySpan<byte> frame)
    {
        if (!TryTakeBytes(ref frame, BodyTag, out var body))
        {
            return null;
        }

        var trace = ReadOnlySpan<byte>.Empty;
        if (!frame.IsEmpty && !TryTakeBytes(ref frame, TraceTag, out trace))
        {
            return null;
        }

        if (!frame.IsEmpty || !Ascii.IsValid(trace))
        {
            return null;
        }

        if (
            !TryTakeNumber(ref body, EpochTag, out var epoch)
            || !TryTakeNumber(ref body, SequenceTag, out var sequence)
            || !TryTakeBytes(ref body, IdTag, out var id)
            || id.Length != IdLength
            || !TryTakeNumber(ref body, SentAtTag, out var sentAt)
            || !IncomingMessage.TryReadTime((long)sentAt, out var time)
            || !TryTakeBytes(ref body, TextTag, out var text)
            || text.Length is 0 or > ConversationOptions.MaxTextBytes
            || !Utf8.IsValid(text)
            || !body.IsEmpty
        )
        {
            return null;
        }

        var traceParent = trace.Length == IncomingMessage.TraceParentLength ? Encoding.ASCII.GetString(trace) : null;
        return new IncomingMessage(new Guid(id, bigEndian: true), text.ToArray(), time, traceParent, epoch, sequence);
    }

    /// <summary>Writes the frame of a message, with its length before it.</summary>
    /// <exception cref="FrameException">The frame is longer than <see cref="FrameCodec.MaxSize"/>.</exception>
    public static void Write(IBufferWriter<byte> writer, OutgoingMessage message, ulong epoch, ulong sequence)
    {
        var sentAt = (ulong)message.SentAt.ToUnixTimeMilliseconds();
        var (text, trace) = (
            Encoding.UTF8.GetByteCount(message.Text),
            Encoding.UTF8.GetByteCount(message.TraceParent ?? "")
        );
        var body = SizeOf(epoch) + SizeOf(sequence) + 2 + IdLength + SizeOf(sentAt) + SizeOf(text);
        var length = 1 + CodedOutputStream.ComputeLengthSize(body) + body + SizeOf(trace);
        if (length > FrameCodec.MaxSize)
        {
            throw FrameException.TooLong(length);
        }

        var span = writer.GetSpan(FrameCodec.PrefixSize + length);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        var rest = span[FrameCodec.PrefixSize..];
        rest[0] = BodyTag;
        rest = rest[1..];
        Put(ref rest, (ulong)body);
        Put(ref rest, EpochTag, epoch);
        Put(ref rest, SequenceTag, sequence);
        (rest[0], rest[1]) = (IdTag, IdLength);
        _ = message.Id.TryWriteBytes(rest[2..], bigEndian: true, out _);
        rest = rest[(2 + IdLength)..];
        Put(ref rest, SentAtTag, sentAt);
        Put(ref rest, TextTag, message.Text, text);
        Put(ref rest, TraceTag, message.TraceParent, trace);
        writer.Advance(FrameCodec.PrefixSize + length);
    }

    // A field with its tag, none where it is 0.
    private static int SizeOf(ulong value) => value == 0 ? 0 : 1 + CodedOutputStream.ComputeUInt64Size(value);

    // A text with its tag and length, none where it is empty.
    private static int SizeOf(int bytes) => bytes == 0 ? 0 : 1 + CodedOutputStream.ComputeLengthSize(bytes) + bytes;

    private static void Put(ref Span<byte> rest, ulong value)
    {
        var i = 0;
        for (; value > 0x7F; value >>= 7)
        {
            rest[i++] = (byte)(value | 0x80);
        }

        rest[i++] = (byte)value;
        rest = rest[i..];
    }

    private static void Put(ref Span<byte> rest, byte tag, ulong value)
    {
        if (value == 0)
        {
            return;
        }

        rest[0] = tag;
        rest = rest[1..];
        Put(ref rest, value);
    }

    private static void Put(ref Span<byte> rest, byte tag, string? text, int bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        rest[0] = tag;
        rest = rest[1..];
        Put(ref rest, (ulong)bytes);
        rest = rest[Encoding.UTF8.GetBytes(text, rest)..];
    }

    private static bool TryTakeBytes(scoped ref ReadOnlySpan<byte> rest, byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (!TryTakeNumber(ref rest, tag, out var length) || length > (ulong)rest.Length)
        {
            return false;
        }

        content = rest[..(int)length];
        rest = rest[(int)length..];
        return true;
    }

    private static bool TryTakeNumber(scoped ref ReadOnlySpan<byte> rest, byte tag, out ulong value)
    {
        value = 0;
        if (rest.IsEmpty || rest[0] != tag)
        {
            return false;
        }
        // What does not fit into nine bytes is not in order, and Protobuf's to judge.
        for (var i = 1; i < rest.Length && i <= 9; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * (i - 1));
            if (rest[i] <= 0x7F)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
