namespace P2PChat.Protocol.Wire;

/// <summary>Bytes that are not a valid frame. The link ends with <see cref="CloseReason.BadFrame"/>.</summary>
public sealed class FrameException(string message) : Exception(message)
{
    internal static FrameException TooLong(long length) =>
        new($"A frame must have 1 to {FrameCodec.MaxSize} bytes, not {length}.");
}
