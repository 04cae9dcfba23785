using Google.Protobuf;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Files;

/// <summary>Builds and reads the frames about files.</summary>
internal static class FileFrames
{
    /// <summary>Maximum size of a part's data, in bytes.</summary>
    public const int MaxPart = 16 * 1024;

    private const int IdLength = 16;

    public static Frame Ask(Guid id, long leaf, int count) =>
        new()
        {
            FileAsk = new FileAsk
            {
                Id = ToWire(id),
                Leaf = (ulong)leaf,
                Count = (uint)count,
            },
        };

    public static Frame Stop(Guid id, FileStopReason reason) =>
        new()
        {
            FileStop = new FileStop { Id = ToWire(id), Reason = reason },
        };

    public static Frame Decide(Guid id, FileDecisionKind kind) =>
        new()
        {
            FileDecision = new FileDecision { Id = ToWire(id), Kind = kind },
        };

    public static Frame Part(Guid id, long leaf, int offset, ReadOnlyMemory<byte> data, IReadOnlyList<byte[]> proof)
    {
        var part = new FilePart
        {
            Id = ToWire(id),
            Leaf = (ulong)leaf,
            Offset = (uint)offset,
            Data = UnsafeByteOperations.UnsafeWrap(data),
        };
        part.Proof.Add(proof.Select(node => UnsafeByteOperations.UnsafeWrap(node)));
        return new Frame { FilePart = part };
    }

    public static Guid? IdOf(ByteString id) => id.Length == IdLength ? new Guid(id.Span, bigEndian: true) : null;

    private static ByteString ToWire(Guid id) => UnsafeByteOperations.UnsafeWrap(id.ToByteArray(bigEndian: true));
}
