using System.Buffers;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Wire;

/// <summary>Frames as a link reads them.</summary>
internal static class WireFrame
{
    /// <summary>The frame that the other side of a link reads.</summary>
    public static IncomingFrame AsRead(Frame frame)
    {
        var buffer = new ReadOnlySequence<byte>(Written(frame));
        Assert.True(FrameCodec.TryReadIncoming(ref buffer, out var incoming));
        Assert.True(buffer.IsEmpty);
        return incoming;
    }

    public static byte[] Written(Frame frame)
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(writer, frame);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Written(OutgoingFrame frame)
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(writer, frame);
        return writer.WrittenSpan.ToArray();
    }
}
