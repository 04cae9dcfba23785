using System.Text;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>A received message. Keeps its text in UTF-8, as the store writes it, and decodes it on first use.</summary>
public sealed record IncomingMessage
{
    // W3C Trace Context, version 00. Anything else is dropped, because it would take memory behind a gap.
    internal const int TraceParentLength = 55;

    internal const int IdLength = 16;

    private readonly byte[] _text;
    private string? _decoded;

    public IncomingMessage(
        Guid id,
        string text,
        DateTimeOffset sentAt,
        string? traceParent,
        ulong epoch,
        ulong sequence
    )
        : this(id, Encoding.UTF8.GetBytes(text), sentAt, traceParent, epoch, sequence) { }

    /// <param name="text">Valid UTF-8. The caller must not change it afterwards.</param>
    internal IncomingMessage(
        Guid id,
        byte[] text,
        DateTimeOffset sentAt,
        string? traceParent,
        ulong epoch,
        ulong sequence
    ) => (Id, _text, SentAt, TraceParent, Epoch, Sequence) = (id, text, sentAt, traceParent, epoch, sequence);

    public Guid Id { get; }

    public string Text => _decoded ??= Encoding.UTF8.GetString(_text);

    /// <summary>The text in UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8 => _text;

    /// <inheritdoc cref="OutgoingMessage.Bytes"/>
    public int Bytes => _text.Length + MessageContent.BytesBesides(Content);

    public DateTimeOffset SentAt { get; }

    /// <summary>The meaning beyond the text; null for a plain message.</summary>
    public MessageContent? Content { get; init; }

    /// <summary>Seconds until it disappears, from reading; 0 if it stays, as all but texts and files do.</summary>
    public uint ExpiresAfter { get; init; }

    /// <summary>W3C trace context received with it; null if none.</summary>
    public string? TraceParent { get; }

    /// <summary>The sender's epoch.</summary>
    public ulong Epoch { get; init; }

    /// <summary>The sequence in <see cref="Epoch"/>.</summary>
    public ulong Sequence { get; init; }

    public bool Equals(IncomingMessage? other) =>
        other is not null
        && Id == other.Id
        && Utf8.SequenceEqual(other.Utf8)
        && Content == other.Content
        && ExpiresAfter == other.ExpiresAfter
        && SentAt == other.SentAt
        && TraceParent == other.TraceParent
        && Epoch == other.Epoch
        && Sequence == other.Sequence;

    public override int GetHashCode() => HashCode.Combine(Id, Epoch, Sequence);

    /// <returns>Null if it breaks the protocol, on a link as well as by mail.</returns>
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
        var content = MessageContent.TryParse(message.Content.Span);
        return new IncomingMessage(
            new Guid(message.Id.Span, bigEndian: true),
            message.Text,
            sentAt,
            trace,
            message.Epoch,
            message.Sequence
        )
        {
            Content = content,
            ExpiresAfter = ExpiryOf(content, message.ExpiresAfter),
        };
    }

    /// <summary>The time after which a message disappears that another peer has sent.</summary>
    internal static uint ExpiryOf(MessageContent? content, uint seconds) =>
        MessageContent.IsText(content) ? TimerRules.Clamp(seconds) : 0;

    internal static bool TryReadTime(long unixMilliseconds, out DateTimeOffset time)
    {
        var valid = unixMilliseconds >= 0 && unixMilliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        time = valid ? DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds) : default;
        return valid;
    }

    internal Frame ToFrame() =>
        new OutgoingMessage(Id, Text, SentAt, TraceParent) { Content = Content, ExpiresAfter = ExpiresAfter }.ToFrame(
            Epoch,
            Sequence
        );
}
