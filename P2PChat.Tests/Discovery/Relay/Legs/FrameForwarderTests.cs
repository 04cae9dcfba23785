using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Discovery.Relay.Legs;

namespace P2PChat.Tests.Discovery.Relay.Legs;

public sealed class FrameForwarderTests
{
    private readonly FrameForwarder _forwarder = new();
    private readonly ArrayBufferWriter<byte> _target = new();

    [Fact]
    public void Frames_of_RFC_6455_lose_their_mask()
    {
        // Section 5.7: a text frame "Hello", and a ping with the same text.
        byte[] masked = [0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        Forward([0x81, 0x85, .. masked, 0x89, 0x85, .. masked]);

        Assert.Equal([0x81, 5, .. "Hello"u8, 0x89, 5, .. "Hello"u8], _target.WrittenSpan.ToArray());
        Assert.True(_forwarder.IsBetweenFrames);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4_096)]
    public void Frames_arrive_whole_in_pieces_of_any_size(int pieceSize)
    {
        int[] sizes = [0, 1, 5, 125, 126, 127, 1_000, 65_535, 65_536, 70_001];
        var payloads = sizes.Select(RandomNumberGenerator.GetBytes).ToList();
        byte[] sent = [.. payloads.SelectMany(payload => RelayFixture.Frame(payload))];

        // The pipe keeps what is not consumed, here the beginning of a header.
        byte[] rest = [];
        foreach (var piece in sent.Chunk(pieceSize))
        {
            rest = Forward([.. rest, .. piece]);
        }

        Assert.Empty(rest);
        Assert.Equal(payloads.SelectMany(Unmasked), _target.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData(0x82, 0x05)] // no mask
    [InlineData(0xc2, 0x85)] // a reserved bit
    [InlineData(0x83, 0x85)] // unknown opcodes
    [InlineData(0x8b, 0x85)]
    [InlineData(0x89, 0xfe)] // a ping with a length of two bytes
    public void Invalid_frame_is_refused(byte first, byte second) =>
        Assert.Throws<InvalidDataException>(() => Forward([first, second, 0, 0, 0, 0, 0, 0, 0, 0]));

    [Fact]
    public void Bytes_after_a_close_frame_are_dropped()
    {
        Forward(RelayFixture.Frame([0x03, 0xe8], first: 0x88));
        var rest = Forward(Encoding.ASCII.GetBytes("not a frame"));

        Assert.Empty(rest);
        Assert.True(_forwarder is { HasClosed: true, IsBetweenFrames: true });
        Assert.Equal([0x88, 2, 0x03, 0xe8], _target.WrittenSpan.ToArray());
    }

    private byte[] Forward(byte[] bytes)
    {
        var source = Split(bytes);
        return source.Slice(_forwarder.Forward(source, _target)).ToArray();
    }

    private static byte[] Unmasked(byte[] payload)
    {
        byte[] length = payload.Length switch
        {
            < 126 => [(byte)payload.Length],
            <= ushort.MaxValue => [126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => [127, 0, 0, 0, 0, 0, (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length],
        };
        return [0x82, .. length, .. payload];
    }

    // Two segments, so that headers and masks cross their border.
    private static ReadOnlySequence<byte> Split(byte[] bytes)
    {
        var first = new Segment(bytes.AsMemory(0, bytes.Length / 2));
        var last = first.Append(bytes.AsMemory(bytes.Length / 2));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
