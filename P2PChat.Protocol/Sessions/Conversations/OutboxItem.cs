using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>One sequence of the outbox: a message, or the Skip that replaces an abandoned one.</summary>
/// <param name="TextBytes"><see cref="OutgoingMessage.Bytes"/>; 0 for a Skip.</param>
/// <param name="Sent">Whether the message was transmitted or deposited, in this epoch or an earlier one.</param>
/// <param name="Abandoned">For a Skip, the message that it replaces; null for a message.</param>
internal readonly record struct OutboxItem(
    OutgoingMessage? Message,
    int TextBytes,
    bool Sent,
    bool Deposited,
    AbandonedMessage? Abandoned
)
{
    /// <summary>
    /// The checksum assumes that an abandoned message was received, until the other side says otherwise.
    /// </summary>
    public Guid ItemId => Message?.Id ?? Abandoned?.Id ?? Guid.Empty;

    /// <summary>Whether it is a Skip that may still be acknowledged as its message.</summary>
    public bool MayBeDelivered => Abandoned is { MayBeDelivered: true };

    /// <summary>Whether it is a message or a Skip on the wire.</summary>
    public Frame.BodyOneofCase Kind => Message is null ? Frame.BodyOneofCase.Skip : Frame.BodyOneofCase.Message;

    public OutboxEntry ToEntry() => new(Message, Sent, Deposited) { Abandoned = Abandoned };

    public OutgoingFrame ToFrame(ulong epoch, ulong sequence) =>
        Message is { } message
            ? new OutgoingFrame(message, epoch, sequence)
            : new OutgoingFrame(
                new Frame
                {
                    Skip = new Skip { Epoch = epoch, Sequence = sequence },
                }
            );
}
