using Google.Protobuf;
using P2PChat.Protocol.Frames;

namespace P2PChat.Protocol.Conversations;

/// <summary>A message to be sent.</summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="SentAt">By the sender's clock.</param>
/// <param name="TraceParent">W3C trace context that travels with it; null if none.</param>
public sealed record OutgoingMessage(Guid Id, string Text, DateTimeOffset SentAt, string? TraceParent = null)
{
    internal Frame ToFrame(ulong epoch, ulong sequence) => new()
    {
        Message = new ChatMessage
        {
            Epoch = epoch,
            Sequence = sequence,
            Id = UnsafeByteOperations.UnsafeWrap(Id.ToByteArray(bigEndian: true)),
            SentAt = SentAt.ToUnixTimeMilliseconds(),
            Text = Text,
        },
        Traceparent = TraceParent ?? "",
    };
}
