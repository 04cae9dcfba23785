using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Google.Protobuf;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// Reads and writes the frame of a message without Protobuf objects. Writes the same bytes as Protobuf:
/// <code>
/// 32 length                     message
///    08 epoch   10 sequence     varints; left out if 0, like all later fields if empty
///    1A 10 id                   16 bytes
///    20 sent_at 2A length text  32 length content  38 expires_after
/// 7A length traceparent
/// </code>
/// Reads only these fields, once each and in this order. Anything else falls back to the Protobuf parser.
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
    private const byte ContentTag = ChatMessage.ContentFieldNumber << 3 | 2;
    private const byte ExpiryTag = ChatMessage.ExpiresAfterFieldNumber << 3;
    private const int IdLength = IncomingMessage.IdLength;

    /// <returns>Null if the bytes are not the frame of a well-formed message.</returns>
    public static IncomingMessage? TryRead(ReadOnlySpan<byte> frame)
    {
        if (!TryReadBytes(ref frame, BodyTag, out var body))
        {
            return null;
        }

        var trace = ReadOnlySpan<byte>.Empty;
        if (!frame.IsEmpty && !TryReadBytes(ref frame, TraceTag, out trace))
        {
            return null;
        }

        if (!frame.IsEmpty || !Ascii.IsValid(trace))
        {
            return null;
        }

        if (
            !TryReadNumber(ref body, EpochTag, out var epoch)
            || !TryReadNumber(ref body, SequenceTag, out var sequence)
            || !TryReadBytes(ref body, IdTag, out var id)
            || id.Length != IdLength
            || !TryReadNumber(ref body, SentAtTag, out var sentAt)
            || !IncomingMessage.TryReadTime((long)sentAt, out var time)
            || !TryReadBytes(ref body, TextTag, out var text)
            || text.Length is 0 or > ConversationOptions.MaxTextBytes
            || !Utf8.IsValid(text)
        )
        {
            return null;
        }

        var content = ReadOnlySpan<byte>.Empty;
        if (!body.IsEmpty && body[0] == ContentTag && !TryReadBytes(ref body, ContentTag, out content))
        {
            return null;
        }

        var expiry = 0UL;
        if (!body.IsEmpty && (!TryReadNumber(ref body, ExpiryTag, out expiry) || !body.IsEmpty))
        {
            return null;
        }

        var parsed = MessageContent.TryParse(content);
        var traceParent = trace.Length == IncomingMessage.TraceParentLength ? Encoding.ASCII.GetString(trace) : null;
        return new IncomingMessage(new Guid(id, bigEndian: true), text.ToArray(), time, traceParent, epoch, sequence)
        {
            Content = parsed,
            // Like Protobuf, drops the upper 32 bits.
            ExpiresAfter = IncomingMessage.ExpiryOf(parsed, unchecked((uint)expiry)),
        };
    }

    /// <summary>Writes the frame of a message, with its length prefix.</summary>
    /// <exception cref="FrameException">The frame is longer than <see cref="FrameCodec.MaxSize"/>.</exception>
    public static void Write(IBufferWriter<byte> writer, OutgoingMessage message, ulong epoch, ulong sequence)
    {
        var sentAt = (ulong)message.SentAt.ToUnixTimeMilliseconds();
        var (text, trace) = (
            Encoding.UTF8.GetByteCount(message.Text),
            Encoding.UTF8.GetByteCount(message.TraceParent ?? "")
        );
        var content = message.Content?.ToBytes() ?? [];
        var body =
            SizeOf(epoch)
            + SizeOf(sequence)
            + 2
            + IdLength
            + SizeOf(sentAt)
            + SizeOf(text)
            + SizeOf(content.Length)
            + SizeOf((ulong)message.ExpiresAfter);
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
        Varint.Write(ref rest, (ulong)body);
        WriteField(ref rest, EpochTag, epoch);
        WriteField(ref rest, SequenceTag, sequence);
        (rest[0], rest[1]) = (IdTag, IdLength);
        _ = message.Id.TryWriteBytes(rest[2..], bigEndian: true, out _);
        rest = rest[(2 + IdLength)..];
        WriteField(ref rest, SentAtTag, sentAt);
        WriteField(ref rest, TextTag, message.Text, text);
        WriteField(ref rest, ContentTag, content);
        WriteField(ref rest, ExpiryTag, message.ExpiresAfter);
        WriteField(ref rest, TraceTag, message.TraceParent, trace);
        writer.Advance(FrameCodec.PrefixSize + length);
    }

    // Size of a number field with its tag; 0 if it is left out.
    private static int SizeOf(ulong value) => value == 0 ? 0 : 1 + CodedOutputStream.ComputeUInt64Size(value);

    // Size of a text or bytes field with its tag and length; 0 if it is left out.
    private static int SizeOf(int bytes) => bytes == 0 ? 0 : 1 + CodedOutputStream.ComputeLengthSize(bytes) + bytes;

    private static void WriteField(ref Span<byte> rest, byte tag, ulong value)
    {
        if (value == 0)
        {
            return;
        }

        rest[0] = tag;
        rest = rest[1..];
        Varint.Write(ref rest, value);
    }

    private static void WriteField(ref Span<byte> rest, byte tag, string? text, int bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        rest[0] = tag;
        rest = rest[1..];
        Varint.Write(ref rest, (ulong)bytes);
        rest = rest[Encoding.UTF8.GetBytes(text, rest)..];
    }

    private static void WriteField(ref Span<byte> rest, byte tag, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        rest[0] = tag;
        rest = rest[1..];
        Varint.Write(ref rest, (ulong)bytes.Length);
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static bool TryReadBytes(scoped ref ReadOnlySpan<byte> rest, byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (!TryReadNumber(ref rest, tag, out var length) || length > (ulong)rest.Length)
        {
            return false;
        }

        content = rest[..(int)length];
        rest = rest[(int)length..];
        return true;
    }

    private static bool TryReadNumber(scoped ref ReadOnlySpan<byte> rest, byte tag, out ulong value)
    {
        value = 0;
        if (rest.IsEmpty || rest[0] != tag)
        {
            return false;
        }

        // Values of ten bytes are left to Protobuf. Epochs, sequences and times never need them.
        rest = rest[1..];
        return Varint.TryRead(ref rest, out value, maxLength: Varint.MaxLength - 1);
    }
}
