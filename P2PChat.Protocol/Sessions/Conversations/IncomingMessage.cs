using System.Text;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// A message that has come, in its sender's order and for the first time. Its text is kept as it came: a store takes it so,
/// and a string is made of it for who reads it.
/// </summary>
public sealed record IncomingMessage
{
    // W3C Trace Context, version 00. Any other is not kept: it would be held behind a gap, and counts for nothing there.
    internal const int TraceParentLength = 55;

    internal const int IdLength = 16;

    private readonly byte[] _text;
    private string? _read;

    public IncomingMessage(
        Guid id,
        string text,
        DateTimeOffset sentAt,
        string? traceParent,
        ulong epoch,
        ulong sequence
    )
        : this(id, Encoding.UTF8.GetBytes(text), sentAt, traceParent, epoch, sequence) { }

    /// <param name="text">Valid UTF-8, from here on this object's own.</param>
    internal IncomingMessage(
        Guid id,
        byte[] text,
        DateTimeOffset sentAt,
        string? traceParent,
        ulong epoch,
        ulong sequence
    ) => (Id, _text, SentAt, TraceParent, Epoch, Sequence) = (id, text, sentAt, traceParent, epoch, sequence);

    public Guid Id { get; }

    public string Text => _read ??= Encoding.UTF8.GetString(_text);

    /// <summary>The text in UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8 => _text;

    public DateTimeOffset SentAt { get; }

    /// <summary>W3C trace context that came with it; null if none.</summary>
    public string? TraceParent { get; }

    /// <summary>Of its sender's numbers.</summary>
    public ulong Epoch { get; init; }

    /// <summary>In that epoch.</summary>
    public ulong Sequence { get; init; }

    public bool Equals(IncomingMessage? other) =>
        other is not null
        && Id == other.Id
        && Utf8.SequenceEqual(other.Utf8)
        && SentAt == other.SentAt
        && TraceParent == other.TraceParent
        && Epoch == other.Epoch
        && Sequence == other.Sequence;

    public override int GetHashCode() => HashCode.Combine(Id, Epoch, Sequence);

    /// <returns>Null if it breaks the protocol, however it came.</returns>
    internal static IncomingMessage? TryFrom(ChatMessage message, string traceParent)
    {
        if (message.Id.Length != IdLength || message.Text.Length == 0)
        {
            return null;
        }

        if (
            Encoding.UTF8.GetByteCount(message.Text) > ConversationOptions.MaxTextBytes
            || !TryReadTime(message.SentAt, out var sentAt)
        )
        {
            return null;
        }

        var trace = traceParent.Length == TraceParentLength ? traceParent : null;
        return new IncomingMessage(
            new Guid(message.Id.Span, bigEndian: true),
            message.Text,
            sentAt,
            trace,
            message.Epoch,
            message.Sequence
        );
    }

    internal static bool TryReadTime(long unixMilliseconds, out DateTimeOffset time)
    {
        var valid = unixMilliseconds >= 0 && unixMilliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        time = valid ? DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds) : default;
        return valid;
    }

    internal Frame ToFrame() => new OutgoingMessage(Id, Text, SentAt, TraceParent).ToFrame(Epoch, Sequence);
}
