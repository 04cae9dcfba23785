using System.Text;
using Google.Protobuf;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>A message to send.</summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="SentAt">When it was queued, by the sender's clock.</param>
/// <param name="TraceParent">W3C trace context to send with it; null if none.</param>
public sealed record OutgoingMessage(Guid Id, string Text, DateTimeOffset SentAt, string? TraceParent = null)
{
    /// <summary>The meaning beyond the text, see <see cref="FallbackText"/>; null for a plain message.</summary>
    public MessageContent? Content { get; init; }

    /// <summary>This peer's running time when the message was queued, see <see cref="TimeReading.Ran"/>.</summary>
    public TimeSpan QueuedAtRan { get; init; }

    /// <summary>The directory's time when the message was queued; null if there was no fresh reading.</summary>
    public DateTimeOffset? QueuedAtDirectory { get; init; }

    /// <summary>Seconds until it disappears, from delivery; 0 if it stays. See <see cref="TimerRules"/>.</summary>
    public uint ExpiresAfter { get; init; }

    /// <summary>What it takes of the window and the outbox: the text in UTF-8, and the preview of a file.</summary>
    public int Bytes => Encoding.UTF8.GetByteCount(Text) + MessageContent.BytesBesides(Content);

    /// <summary>Lower bound of the message's age, see <see cref="TimeReading.Since"/>.</summary>
    public TimeSpan AgeAt(TimeReading now) => now.Since(new TimeReading(SentAt, QueuedAtRan, QueuedAtDirectory));

    internal Frame ToFrame(ulong epoch, ulong sequence) =>
        new()
        {
            Message = new ChatMessage
            {
                Epoch = epoch,
                Sequence = sequence,
                Id = UnsafeByteOperations.UnsafeWrap(Id.ToByteArray(bigEndian: true)),
                SentAt = SentAt.ToUnixTimeMilliseconds(),
                Text = Text,
                Content = Content is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(Content.ToBytes()),
                ExpiresAfter = ExpiresAfter,
            },
            Traceparent = TraceParent ?? "",
        };
}
