using System.Buffers;
using Google.Protobuf;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Wire;

/// <summary>The fast path for parts of files, compared with the Protobuf parser.</summary>
public sealed class FilePartCodecTests
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    public static TheoryData<string> Parts => ["first", "later", "empty", "many proofs", "short id", "traced"];

    [Theory]
    [MemberData(nameof(Parts))]
    public void Part_is_read_like_by_Protobuf(string name)
    {
        var frame = FrameOf(name);
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(writer, frame);

        for (var cut = 0; cut < writer.WrittenCount; cut += 1 + cut / 10)
        {
            var buffer = Split(writer.WrittenMemory, cut);
            Assert.True(FrameCodec.TryReadIncoming(ref buffer, out var read));
            Assert.Equal(frame, read.Plain);
            Assert.True(buffer.IsEmpty);
        }
    }

    [Fact]
    public void Changed_bytes_are_read_like_by_Protobuf()
    {
        var bytes = FrameOf("first").ToByteArray();
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var value in new byte[] { 0, 1, 0x7f, 0x80, 0xff, (byte)(bytes[at] + 8) })
            {
                var changed = (byte[])bytes.Clone();
                changed[at] = value;
                var fast = FilePartCodec.TryRead(new ReadOnlySequence<byte>(changed));
                if (fast is not null)
                {
                    Assert.Equal(Frame.Parser.ParseFrom(changed), fast);
                }
            }
        }
    }

    private static Frame FrameOf(string name)
    {
        var part = new FilePart
        {
            Id = ByteString.CopyFrom(Data, 0, name == "short id" ? 3 : 16),
            Leaf = name == "first" ? 0 : 1UL << 40,
            Offset = name == "first" ? 0 : 16384U,
            Data = name == "empty" ? ByteString.Empty : ByteString.CopyFrom(Data),
        };
        part.Proof.Add(
            Enumerable.Repeat(
                ByteString.CopyFrom(Data, 0, 32),
                name is "many proofs" ? 100
                    : name is "later" ? 0
                    : 20
            )
        );
        return new Frame { FilePart = part, Traceparent = name == "traced" ? "00" : "" };
    }

    private static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes, int at)
    {
        var first = new Segment(bytes[..at], 0, null);
        var last = new Segment(bytes[at..], at, first);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index, Segment? before)
        {
            (Memory, RunningIndex) = (memory, index);
            if (before is not null)
            {
                before.Next = this;
            }
        }
    }
}
