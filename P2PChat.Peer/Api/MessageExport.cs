using System.Text.Json;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Api;

/// <summary>Messages as JSON lines: each an object of its own, as the API's <see cref="MessageItem"/>.</summary>
public static class MessageExport
{
    public const string ContentType = "application/x-ndjson";

    // {"id":"0190f8a2-...","from":"alice","text":"hello","sentAt":"2026-11-22T13:17:00+00:00","state":"delivered"}
    public static async Task WriteAsync(IEnumerable<Message> messages, Stream to)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(to);
        foreach (var page in messages.Chunk(100))
        {
            using var lines = new MemoryStream();
            foreach (var message in page)
            {
                JsonSerializer.Serialize(lines, MessageItem.Of(message), ApiJson.Default.MessageItem);
                lines.WriteByte((byte)'\n');
            }

            lines.Position = 0;
            await lines.CopyToAsync(to);
        }
    }
}
