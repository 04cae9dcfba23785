using System.Buffers;
using Google.Protobuf;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Wire;

public class FrameCodecTests
{
    private static readonly Frame Sample = new()
    {
        Message = new ChatMessage
        {
            Epoch = 7,
            Sequence = 3,
            Id = ByteString.CopyFrom(new byte[16]),
            SentAt = 1,
            Text = "héllo",
        },
        Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };

    [Fact]
    public void Ping_has_the_documented_bytes()
    {
        Assert.Equal("000000024A00", Convert.ToHexString(Written(new Frame { Ping = new Ping() })));
    }

    [Fact]
    public void Written_frame_is_read_back_and_consumed()
    {
        byte[] two = [.. Written(Sample), .. Written(new Frame { Pong = new Pong() })];
        var buffer = new ReadOnlySequence<byte>(two);

        Assert.True(FrameCodec.TryRead(ref buffer, out var first));
        Assert.True(FrameCodec.TryRead(ref buffer, out var second));

        Assert.Equal(Sample, first);
        Assert.Equal(Frame.BodyOneofCase.Pong, second.BodyCase);
        Assert.True(buffer.IsEmpty);
    }

    [Fact]
    public void Incomplete_frame_consumes_nothing()
    {
        var whole = Written(Sample);
        for (var length = 0; length < whole.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(whole.AsMemory(0, length));
            Assert.False(FrameCodec.TryRead(ref buffer, out _));
            Assert.Equal(length, buffer.Length);
        }
    }

    [Fact]
    public void Frame_is_read_across_one_byte_segments()
    {
        var buffer = Segmented(Written(Sample));

        Assert.True(FrameCodec.TryRead(ref buffer, out var frame));

        Assert.Equal(Sample, frame);
    }

    [Theory]
    [InlineData("00000000")]
    [InlineData("00040001")]
    [InlineData("80000000")]
    [InlineData("FFFFFFFF")]
    public void Invalid_length_is_rejected_before_the_body_arrives(string prefix)
    {
        var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(prefix));

        _ = Assert.Throws<FrameException>(() => FrameCodec.TryRead(ref buffer, out _));
    }

    [Fact]
    public void Body_that_is_not_a_frame_is_rejected()
    {
        var buffer = new ReadOnlySequence<byte>(Convert.FromHexString("00000002FFFF"));

        _ = Assert.Throws<FrameException>(() => FrameCodec.TryRead(ref buffer, out _));
    }

    [Fact]
    public void Write_rejects_a_frame_above_the_limit()
    {
        var frame = new Frame { Message = new ChatMessage { Text = new string('a', FrameCodec.MaxSize) } };

        _ = Assert.Throws<FrameException>(() => Written(frame));
    }

    [Fact]
    public void Unknown_body_is_read_as_none_and_kept()
    {
        // Field 100, length-delimited, "x".
        byte[] bytes = [0, 0, 0, 4, 0xA2, 0x06, 0x01, 0x78];
        var buffer = new ReadOnlySequence<byte>(bytes);

        Assert.True(FrameCodec.TryRead(ref buffer, out var frame));

        Assert.Equal(Frame.BodyOneofCase.None, frame.BodyCase);
        Assert.Equal(bytes, Written(frame));
    }

    private static byte[] Written(Frame frame)
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(writer, frame);
        return writer.WrittenSpan.ToArray();
    }

    private static ReadOnlySequence<byte> Segmented(byte[] bytes)
    {
        var first = new Segment(bytes.AsMemory(0, 1), null);
        var last = first;
        for (var i = 1; i < bytes.Length; i++)
        {
            last = new Segment(bytes.AsMemory(i, 1), last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, 1);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is null)
            {
                return;
            }

            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
