using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// A frame that has come. A message in which all is as it should be comes as what it says, without Protobuf's objects; any
/// other frame, and a message with anything unusual in it, as Protobuf reads it.
/// </summary>
public readonly record struct IncomingFrame
{
    private readonly Frame? _frame;
    private readonly IncomingMessage? _message;

    public IncomingFrame(Frame frame) => _frame = frame;

    public IncomingFrame(IncomingMessage message) => _message = message;

    /// <summary>The frame as Protobuf has read it; null if it is a message that was in order.</summary>
    public Frame? Plain => _frame;

    /// <summary>A message that was in order; null if it is any other frame.</summary>
    public IncomingMessage? Message => _message;

    public Frame.BodyOneofCase BodyCase => _frame?.BodyCase ?? Frame.BodyOneofCase.Message;

    /// <summary>The same as an object of Protobuf.</summary>
    public Frame ToFrame() =>
        _frame ?? _message?.ToFrame() ?? throw new InvalidOperationException("There is no frame.");
}
