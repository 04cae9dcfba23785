using System.Buffers;
using System.Buffers.Binary;
using P2PChat.Discovery.Relay.Legs;

namespace P2PChat.Tests.Fuzzing;

/// <summary>The WebSocket frames that the relay forwards.</summary>
public sealed class FrameFuzzTests
{
    /// <summary>Frames with all three encodings of the length, control frames, and pieces of frames.</summary>
    private static readonly byte[][] Seeds =
    [
        // RFC 6455, section 5.7: "Hello" with a mask, and a ping with the same text.
        Convert.FromHexString("818537fa213d7f9f4d5158"),
        Convert.FromHexString("898537fa213d7f9f4d5158"),
        [.. Frame(0x82, 0), .. Frame(0x82, 1), .. Frame(0x02, 125), .. Frame(0x80, 126), .. Frame(0x8a, 125)],
        [.. Frame(0x82, 1_000), .. Frame(0x88, 2), .. Frame(0x82, 3)],
        [.. Frame(0x82, 65_536)[..2_000]],
        Convert.FromHexString("82ffffffffffffffffff01020304aabbccdd"),
    ];

    [Fact]
    public void Fuzzed_frames_are_forwarded_whole_or_rejected() => Fuzzer.Run(share: 3, Form.Text, Seeds, input =>
        {
            var expected = Reference(input);
            foreach (var size in new[] { 1, 5, 64, int.MaxValue })
            {
                var forwarded = Forward(input, size);
                Assert.Equal(expected.IsValid, forwarded.IsValid);
                Assert.Equal(expected.Bytes, forwarded.Bytes);
                Assert.Equal(expected.IsOpen, forwarded.IsOpen);
                var frames = new FrameBoundary();
                frames.Pass(forwarded.Bytes);
                Assert.Equal(expected.IsOpen, frames.IsOpen);
            }

            return expected.IsValid;
        });

    /// <summary>Forwards the input in pieces, as a pipe does: it keeps what was not consumed.</summary>
    private static Result Forward(byte[] input, int size)
    {
        var (forwarder, target) = (new FrameForwarder(), new ArrayBufferWriter<byte>());
        var isValid = true;
        try
        {
            for (var (start, end) = (0, 0); end < input.Length; )
            {
                end = (int)Math.Min(input.Length, (long)end + size);
                // The two segments of a pipe whose first block is full.
                var source = Segment.Cut(input[start..end], Math.Max(1, (end - start + 1) / 2));
                start = end - (int)source.Slice(forwarder.Forward(source, target)).Length;
            }
        }
        catch (InvalidDataException)
        {
            isValid = false;
        }

        return new Result(
            isValid,
            target.WrittenSpan.ToArray(),
            forwarder is { IsBetweenFrames: true, HasClosed: false }
        );
    }

    /// <summary>Reads byte by byte, as RFC 6455, section 5.2, defines a frame.</summary>
    private static Result Reference(byte[] input)
    {
        var output = new List<byte>();
        var at = 0;
        while (at + 2 <= input.Length)
        {
            var (opcode, length) = (input[at] & 0x0f, input[at + 1] & 0x7f);
            var isControl = opcode >= 8;
            if (
                (input[at] & 0x70) != 0
                || input[at + 1] < 0x80
                || !(opcode is 0 or 1 or 2 or 8 or 9 or 10)
                || isControl && length > 125
            )
            {
                return new Result(IsValid: false, [.. output], IsOpen: true);
            }

            var more = length switch
            {
                126 => 2,
                127 => 8,
                _ => 0,
            };
            if (at + 2 + more + 4 > input.Length)
            {
                break;
            }

            var payload = more switch
            {
                2 => BinaryPrimitives.ReadUInt16BigEndian(input.AsSpan(at + 2)),
                8 => BinaryPrimitives.ReadUInt64BigEndian(input.AsSpan(at + 2)),
                _ => (ulong)length,
            };
            output.AddRange([input[at], (byte)length, .. input[(at + 2)..(at + 2 + more)]]);
            at += 2 + more;
            var mask = input[at..(at += 4)];
            for (var i = 0; (ulong)i < payload; i++)
            {
                if (at == input.Length)
                {
                    return new Result(IsValid: true, [.. output], IsOpen: false);
                }

                output.Add((byte)(input[at++] ^ mask[i % 4]));
            }

            if (opcode == 8)
            {
                return new Result(IsValid: true, [.. output], IsOpen: false);
            }
        }

        return new Result(IsValid: true, [.. output], IsOpen: true);
    }

    private static byte[] Frame(byte first, int length)
    {
        byte[] header = length switch
        {
            < 126 => [first, (byte)(0x80 | length)],
            <= ushort.MaxValue => [first, 0x80 | 126, (byte)(length >> 8), (byte)length],
            _ =>
            [
                first,
                0x80 | 127,
                0,
                0,
                0,
                0,
                (byte)(length >> 24),
                (byte)(length >> 16),
                (byte)(length >> 8),
                (byte)length,
            ],
        };
        return [.. header, 0x37, 0xfa, 0x21, 0x3d, .. Enumerable.Range(0, length).Select(i => (byte)i)];
    }

    /// <param name="IsOpen">Whether the output is between two frames and has not ended with a close frame.</param>
    private sealed record Result(bool IsValid, byte[] Bytes, bool IsOpen);
}
