using System.Buffers;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Envelopes;

/// <summary>The frames of an envelope, as on a link each with its length before it, and then zeros up to the envelope's step.</summary>
internal static class EnvelopeContent
{
    /// <exception cref="EnvelopeException">There is no frame, or they are too much for one envelope.</exception>
    public static byte[] Write(IReadOnlyCollection<Frame> frames)
    {
        var writer = new ArrayBufferWriter<byte>();
        foreach (var frame in frames)
        {
            FrameCodec.Write(writer, frame);
            // An empty frame would read as padding.
            if (frame.CalculateSize() == 0)
            {
                throw new EnvelopeException(EnvelopeError.Malformed, "An envelope holds no empty frames.");
            }
        }

        if (writer.WrittenCount == 0)
        {
            throw new EnvelopeException(EnvelopeError.Malformed, "An envelope holds at least one frame.");
        }

        if (writer.WrittenCount > Envelope.MaxContentSize)
        {
            throw new EnvelopeException(
                EnvelopeError.TooLarge,
                $"An envelope holds {Envelope.MaxContentSize} bytes of frames, not {writer.WrittenCount}."
            );
        }

        var content = new byte[Envelope.StepFor(writer.WrittenCount + Envelope.Overhead) - Envelope.Overhead];
        writer.WrittenSpan.CopyTo(content);
        return content;
    }

    /// <exception cref="EnvelopeException">The bytes are not frames and then zeros.</exception>
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
        catch (FrameException e)
        {
            throw new EnvelopeException(EnvelopeError.Malformed, "What the envelope holds are no frames.", e);
        }

        if (frames.Count == 0 || rest.FirstSpan.ContainsAnyExcept((byte)0))
        {
            throw new EnvelopeException(
                EnvelopeError.Malformed,
                "What the envelope holds is not at least one frame and then zeros."
            );
        }

        return frames;
    }

    // No frame has the length 0.
    private static bool IsPadding(ReadOnlySequence<byte> rest) =>
        !rest.FirstSpan[..Math.Min(FrameCodec.PrefixSize, rest.FirstSpan.Length)].ContainsAnyExcept((byte)0);
}
