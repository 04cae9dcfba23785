using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// A received frame: a well-formed message without Protobuf objects, or any other frame as a Protobuf object.
/// </summary>
public readonly record struct IncomingFrame
{
    private readonly Frame? _frame;
    private readonly IncomingMessage? _message;

    public IncomingFrame(Frame frame) => _frame = frame;

    public IncomingFrame(IncomingMessage message) => _message = message;

    /// <summary>The frame as a Protobuf object; null for a well-formed message.</summary>
    public Frame? Plain => _frame;

    /// <summary>The well-formed message; null for any other frame.</summary>
    public IncomingMessage? Message => _message;

    public Frame.BodyOneofCase BodyCase => _frame?.BodyCase ?? Frame.BodyOneofCase.Message;

    /// <summary>The frame as a Protobuf object, which for a well-formed message is created on each call.</summary>
    public Frame ToFrame() =>
        _frame ?? _message?.ToFrame() ?? throw new InvalidOperationException("The frame is empty.");
}
