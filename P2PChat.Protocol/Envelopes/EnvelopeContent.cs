using System.Buffers;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Envelopes;

/// <summary>Reads and writes an envelope's frames, which are encoded as on a link and padded with zeros.</summary>
internal static class EnvelopeContent
{
    /// <exception cref="EnvelopeException">There are no frames, or too many for one envelope.</exception>
    public static byte[] Write(IReadOnlyCollection<Frame> frames)
    {
        var writer = new ArrayBufferWriter<byte>();
        foreach (var frame in frames)
        {
            FrameCodec.Write(writer, frame);
            // An empty frame would read as padding.
            if (frame.CalculateSize() == 0)
            {
                throw new EnvelopeException(EnvelopeError.Malformed, "An envelope cannot contain an empty frame.");
            }
        }

        if (writer.WrittenCount == 0)
        {
            throw new EnvelopeException(EnvelopeError.Malformed, "An envelope must contain at least one frame.");
        }

        if (writer.WrittenCount > Envelope.MaxContentSize)
        {
            throw new EnvelopeException(
                EnvelopeError.TooLarge,
                $"An envelope can contain {Envelope.MaxContentSize} bytes of frames, not {writer.WrittenCount}."
            );
        }

        var content = new byte[Envelope.PaddedSize(writer.WrittenCount + Envelope.Overhead) - Envelope.Overhead];
        writer.WrittenSpan.CopyTo(content);
        return content;
    }

    /// <exception cref="EnvelopeException">The bytes are not frames followed by zeros.</exception>
    public static IReadOnlyList<Frame> Read(ReadOnlyMemory<byte> content)
    {
        var frames = new List<Frame>();
        var rest = new ReadOnlySequence<byte>(content);
        try
        {
            while (!IsPadding(rest) && FrameCodec.TryRead(ref rest, out var frame))
            {
                frames.Add(frame);
            }
        }
        catch (FrameException exception)
        {
            throw new EnvelopeException(
                EnvelopeError.Malformed,
                "The envelope's content is not valid frames.",
                exception
            );
        }

        if (frames.Count == 0 || rest.FirstSpan.ContainsAnyExcept((byte)0))
        {
            throw new EnvelopeException(
                EnvelopeError.Malformed,
                "The envelope's content must be at least one frame followed by zeros."
            );
        }

        return frames;
    }

    // The length of a frame is never 0.
    private static bool IsPadding(ReadOnlySequence<byte> rest) =>
        !rest.FirstSpan[..Math.Min(FrameCodec.PrefixSize, rest.FirstSpan.Length)].ContainsAnyExcept((byte)0);
}
