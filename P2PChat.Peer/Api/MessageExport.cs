using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using P2PChat.Client;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Api;

/// <summary>Writes messages as JSON lines. Each line is a <see cref="MessageItem"/>, or a
/// <see cref="RoomMessageItem"/> of a room.</summary>
public static class MessageExport
{
    public const string ContentType = "application/x-ndjson";

    // {"id":"0190f8a2-...","from":"alice","text":"hello","sentAt":"2026-11-22T13:17:00+00:00","state":"delivered"}
    public static Task WriteAsync(IEnumerable<Message> messages, Stream output, CancellationToken cancellationToken) =>
        WriteAsync(
            messages.Select(message => message.ToContract()),
            ApiJson.Default.MessageItem,
            output,
            cancellationToken
        );

    public static Task WriteAsync(
        IEnumerable<RoomMessageItem> messages,
        Stream output,
        CancellationToken cancellationToken
    ) => WriteAsync(messages, ApiJson.Default.RoomMessageItem, output, cancellationToken);

    private static async Task WriteAsync<T>(
        IEnumerable<T> messages,
        JsonTypeInfo<T> type,
        Stream output,
        CancellationToken cancellationToken
    )
    {
        foreach (var page in messages.Chunk(100))
        {
            using var lines = new MemoryStream();
            foreach (var message in page)
            {
                JsonSerializer.Serialize(lines, message, type);
                lines.WriteByte((byte)'\n');
            }

            lines.Position = 0;
            await lines.CopyToAsync(output, cancellationToken);
        }
    }
}
