using Google.Protobuf;
using P2PChat.Protocol.Profiles;
using WireOffer = P2PChat.Protocol.Wire.Content.Types.FileOffer;

namespace P2PChat.Protocol.Files;

/// <summary>A file that one peer offers to another (docs/protocol.md, section 23).</summary>
/// <param name="Name">Safe as the name of a file: see <see cref="FileName"/>.</param>
/// <param name="Size">In bytes, at most <see cref="MaxSize"/>.</param>
/// <param name="Root">The root of its <see cref="MerkleTree"/>.</param>
/// <param name="MediaType">The media type that the sender claims.</param>
public sealed record FileOffer(string Name, long Size, ReadOnlyMemory<byte> Root, string MediaType)
{
    /// <summary>Size of all leaves but the last, in bytes.</summary>
    public const int LeafSize = 256 * 1024;

    /// <summary>Maximum size of a file, in bytes.</summary>
    public const long MaxSize = 64L * 1024 * 1024 * 1024;

    /// <summary>The type of a file of which nothing is known.</summary>
    public const string UnknownType = "application/octet-stream";

    /// <summary>Maximum size of a preview, in bytes.</summary>
    public const int MaxPreviewBytes = 16 * 1024;

    /// <summary>Maximum width and height of a preview, in pixels.</summary>
    public const int MaxPreviewSide = 1024;

    private const int MaxTypeLength = 127;

    /// <summary>
    /// A small picture of it, of a type that <see cref="PictureHeader"/> knows; empty if there is none.
    /// </summary>
    public ReadOnlyMemory<byte> Preview { get; init; }

    public FileOffer WithoutPreview => Preview.IsEmpty ? this : this with { Preview = default };

    /// <summary>Its copy at the directory; null if there is none.</summary>
    public SealedCopy? Copy { get; init; }

    public long LeafCount => LeavesOf(Size);

    public static long LeavesOf(long size) => (size + LeafSize - 1) / LeafSize;

    /// <summary>Size of a leaf, in bytes.</summary>
    public int SizeOf(long leaf) => (int)Math.Min(LeafSize, Size - leaf * LeafSize);

    /// <summary>Whether a text has the form of a media type, such as <c>image/png</c>.</summary>
    public static bool IsMediaType(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return text.Length <= MaxTypeLength
            && slash > 0
            && slash < text.Length - 1
            && slash == text.LastIndexOf('/')
            && text.All(character => char.IsAsciiLetterOrDigit(character) || "/!#$&-^_.+".Contains(character));
    }

    /// <summary>Whether a whole file is the one that is offered.</summary>
    public bool IsOf(ReadOnlySpan<byte> content)
    {
        if (content.Length != Size)
        {
            return false;
        }

        var tree = new MerkleBuilder();
        for (long leaf = 0; leaf < LeafCount; leaf++)
        {
            tree.Add(MerkleTree.HashLeaf(content.Slice((int)leaf * LeafSize, SizeOf(leaf))));
        }

        return tree.Root.AsSpan().SequenceEqual(Root.Span);
    }

    public bool Equals(FileOffer? other) =>
        other is not null
        && Name == other.Name
        && Size == other.Size
        && MediaType == other.MediaType
        && Root.Span.SequenceEqual(other.Root.Span)
        && Preview.Span.SequenceEqual(other.Preview.Span)
        && Copy == other.Copy;

    public override int GetHashCode() => HashCode.Combine(Name, Size, MediaType);

    /// <summary>
    /// The name is not for logs, and the generated text would contain <see cref="WithoutPreview"/> without end.
    /// </summary>
    public override string ToString() => $"file of {Size} bytes";

    /// <summary>Whether bytes can be the preview of an offer. Few bytes can be a picture of very many pixels.</summary>
    public static bool IsPreview(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= MaxPreviewBytes
        && PictureHeader.Read(bytes) is { Width: <= MaxPreviewSide, Height: <= MaxPreviewSide };

    /// <summary>Reads an offer from another peer.</summary>
    /// <returns>Null if it is invalid.</returns>
    internal static FileOffer? TryFrom(WireOffer offer) =>
        offer.Root.Length == MerkleTree.HashSize
        && offer.Size <= MaxSize
        && offer.Name.Length > 0
        && FileName.BytesOf(offer.Name) <= FileName.MaxBytes
            ? new FileOffer(
                FileName.MakeSafe(offer.Name),
                (long)offer.Size,
                offer.Root.Memory,
                IsMediaType(offer.MediaType) ? offer.MediaType : UnknownType
            )
            {
                Preview = IsPreview(offer.Preview.Span) ? offer.Preview.Memory : default,
                Copy = SealedCopy.TryFrom(offer.SealedCopy, offer.Size),
            }
            : null;

    internal WireOffer ToWire() =>
        new()
        {
            Name = Name,
            Size = (ulong)Size,
            Root = UnsafeByteOperations.UnsafeWrap(Root),
            MediaType = MediaType,
            Preview = UnsafeByteOperations.UnsafeWrap(Preview),
            SealedCopy = Copy?.ToWire(),
        };
}
