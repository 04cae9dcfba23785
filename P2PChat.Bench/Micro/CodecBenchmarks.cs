using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using P2PChat.Protocol.Wire;

namespace P2PChat.Bench.Micro;

/// <summary>Writing and reading one frame with a message.</summary>
public class CodecBenchmarks
{
    private readonly ArrayBufferWriter<byte> _writer = new(128 * 1024);
    private Frame _frame = new();
    private ReadOnlySequence<byte> _bytes;

    [Params(256, 64 * 1024)]
    public int TextBytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _frame = new Frame
        {
            Message = new ChatMessage
            {
                Epoch = 1_760_000_000_000,
                Sequence = 12_345,
                Id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
                SentAt = 1_760_000_000_000,
                Text = new string('x', TextBytes),
            },
        };
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(writer, _frame);
        _bytes = new ReadOnlySequence<byte>(writer.WrittenMemory);
    }

    [Benchmark]
    public int Write()
    {
        _writer.ResetWrittenCount();
        FrameCodec.Write(_writer, _frame);
        return _writer.WrittenCount;
    }

    [Benchmark]
    public Frame Read()
    {
        var bytes = _bytes;
        return FrameCodec.TryRead(ref bytes, out var frame)
            ? frame
            : throw new InvalidOperationException("The frame is incomplete.");
    }

    /// <summary>The floor of <see cref="Write"/>: Protobuf without the length prefix.</summary>
    [Benchmark]
    public int BareWrite()
    {
        _writer.ResetWrittenCount();
        _frame.WriteTo(_writer);
        return _writer.WrittenCount;
    }

    /// <summary>The floor of <see cref="Read"/>: Protobuf without the checks of the lengths.</summary>
    [Benchmark]
    public Frame BareRead() => Frame.Parser.ParseFrom(_bytes.Slice(FrameCodec.PrefixSize));
}
