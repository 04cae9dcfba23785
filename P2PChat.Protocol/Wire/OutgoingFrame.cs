using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// A frame to write. A message is kept without its Protobuf objects, because links carry many and each would cost four
/// objects.
/// </summary>
public readonly record struct OutgoingFrame
{
    private readonly Frame? _frame;
    private readonly OutgoingMessage? _message;
    private readonly ulong _epoch;
    private readonly ulong _sequence;

    public OutgoingFrame(Frame frame) => _frame = frame;

    public OutgoingFrame(OutgoingMessage message, ulong epoch, ulong sequence) =>
        (_message, _epoch, _sequence) = (message, epoch, sequence);

    /// <summary>The frame as a Protobuf object; null for a message.</summary>
    public Frame? Plain => _frame;

    /// <summary>The message; null for any other frame.</summary>
    public OutgoingMessage? Message => _message;

    /// <summary>The message's epoch.</summary>
    public ulong Epoch => _epoch;

    /// <summary>The message's sequence.</summary>
    public ulong Sequence => _sequence;

    /// <summary>The frame as a Protobuf object, which for a message is created on each call.</summary>
    public Frame ToFrame() =>
        _frame ?? _message?.ToFrame(_epoch, _sequence) ?? throw new InvalidOperationException("The frame is empty.");

    /// <summary>The frame without its message's trace context.</summary>
    public OutgoingFrame WithoutTrace() =>
        _message is { TraceParent: not null } traced
            ? new OutgoingFrame(traced with { TraceParent = null }, _epoch, _sequence)
            : this;
}
