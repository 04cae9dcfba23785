using System.Buffers;
using System.Text;
using Google.Protobuf;
using P2PChat.Protocol.Rooms.Wire;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>The body of a message in a room.</summary>
/// <param name="SentAt">By the author's clock, for display only.</param>
public sealed record RoomMessage(string Text, DateTimeOffset SentAt, RoomContent? Content = null)
{
    /// <summary>Reads the body of a message.</summary>
    /// <returns>Null if there is none, or if it cannot be read. The message is then shown without a text.</returns>
    public static RoomMessage? Of(RoomEvent roomEvent)
    {
        ArgumentNullException.ThrowIfNull(roomEvent);
        if (roomEvent.IsMembership || roomEvent.Body is not { } bytes)
        {
            return null;
        }

        var body = Protobuf.TryParse(MessageBody.Parser, MessageBody.Descriptor, new ReadOnlySequence<byte>(bytes));
        return body is { Text.Length: > 0 } && Encoding.UTF8.GetByteCount(body.Text) <= RoomLimits.TextBytes
            ? new RoomMessage(body.Text, Time(body.SentAt), ContentOf(roomEvent.Kind, body.Content))
            : null;
    }

    /// <summary>The kind of an event with this body.</summary>
    public RoomEventKind Kind => Content is null or RoomContent.Reply ? RoomEventKind.Message : RoomEventKind.Change;

    public byte[] ToBody() =>
        new MessageBody
        {
            Text = Text,
            SentAt = SentAt.ToUnixTimeMilliseconds(),
            Content = Content?.ToBytes() ?? ByteString.Empty,
        }.ToByteArray();

    // A text that claims to change another one is a plain text.
    private static RoomContent? ContentOf(RoomEventKind kind, ByteString bytes)
    {
        var content = RoomContent.TryParse(bytes);
        return (content is RoomContent.Reply) == (kind != RoomEventKind.Change) ? content : null;
    }

    private static DateTimeOffset Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(
            Math.Clamp(milliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        );
}
