using System.Text.Json;
using P2PChat.Client;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Api;

/// <summary>Writes messages as JSON lines. Each line is a <see cref="MessageItem"/>.</summary>
public static class MessageExport
{
    public const string ContentType = "application/x-ndjson";

    // {"id":"0190f8a2-...","from":"alice","text":"hello","sentAt":"2026-11-22T13:17:00+00:00","state":"delivered"}
    public static async Task WriteAsync(
        IEnumerable<Message> messages,
        Stream output,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(output);
        foreach (var page in messages.Chunk(100))
        {
            using var lines = new MemoryStream();
            foreach (var message in page)
            {
                JsonSerializer.Serialize(lines, message.ToContract(), ApiJson.Default.MessageItem);
                lines.WriteByte((byte)'\n');
            }

            lines.Position = 0;
            await lines.CopyToAsync(output, cancellationToken);
        }
    }
}
