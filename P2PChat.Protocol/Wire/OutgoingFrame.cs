using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// A frame to be written. Of a message only what it says, for a link carries many, and each would cost four objects of
/// Protobuf's that are written and forgotten.
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

    /// <summary>The frame, if it is not a message that has yet to be made one.</summary>
    public Frame? Plain => _frame;

    /// <summary>What a message says; null if it is any other frame.</summary>
    public OutgoingMessage? Message => _message;

    /// <summary>The message's epoch.</summary>
    public ulong Epoch => _epoch;

    /// <summary>The message's sequence.</summary>
    public ulong Sequence => _sequence;

    /// <summary>The same as an object of Protobuf.</summary>
    public Frame ToFrame() =>
        _frame ?? _message?.ToFrame(_epoch, _sequence) ?? throw new InvalidOperationException("There is no frame.");

    /// <summary>The same message without the trace context that it would carry.</summary>
    public OutgoingFrame WithoutTrace() =>
        _message is { TraceParent: not null } traced
            ? new OutgoingFrame(traced with { TraceParent = null }, _epoch, _sequence)
            : this;
}
