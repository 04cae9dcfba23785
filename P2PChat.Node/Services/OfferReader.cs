using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;

namespace P2PChat.Node.Services;

/// <summary>A file that was hashed to be offered.</summary>
/// <param name="Leaves">The hashes of its leaves.</param>
/// <param name="Stamp">See <see cref="StoredTransfer.Stamp"/>.</param>
internal sealed record HashedFile(FileOffer Offer, byte[] Leaves, string Path, long? Stamp);

/// <summary>Hashes files leaf by leaf, to offer them.</summary>
internal static class OfferReader
{
    // A later change within the resolution of the time would not show.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    /// <summary>Reads a file on this machine.</summary>
    /// <param name="dataFolder">The folder whose files are not offered; null if there is none.</param>
    /// <param name="mediaType">Null for the one that its extension suggests.</param>
    /// <exception cref="PeerException">It cannot be read, or is too large.</exception>
    public static async Task<HashedFile> ReadAsync(
        string path,
        string? dataFolder,
        string? mediaType,
        CancellationToken cancellationToken
    )
    {
        try
        {
            ThrowIfRefused(path, dataFolder);
            await using var file = TransferDisk.Open(path);
            var size = file.Length;
            ThrowIfTooLarge(size);
            var changedAt = File.GetLastWriteTimeUtc(file.SafeFileHandle);
            long? stamp = DateTime.UtcNow - changedAt > Settled ? changedAt.Ticks : null;
            var leaves = new MemoryStream();
            var read = await ReadLeavesAsync(file, leaves, _ => { }, cancellationToken);
            return read == size
                ? Of(
                    new StoredUpload(Guid.Empty, Path.GetFileName(path), path, size, leaves.ToArray(), stamp),
                    mediaType,
                    preview: default
                )
                : throw new PeerException(
                    PeerError.FileRefused,
                    $"{path} changed while it was being read. Offer it again once nothing writes to it."
                );
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception) || exception is ArgumentException)
        {
            throw new PeerException(
                PeerError.FileRefused,
                $"{path} cannot be read. Check the path, and that this peer's user may read the file."
            );
        }
    }

    /// <summary>Makes the offer of a file that was hashed.</summary>
    /// <exception cref="PeerException">The media type or the preview is invalid.</exception>
    public static HashedFile Of(StoredUpload file, string? mediaType, ReadOnlyMemory<byte> preview)
    {
        if (mediaType is not null && !FileOffer.IsMediaType(mediaType))
        {
            throw new PeerException(
                PeerError.FileRefused,
                "The media type is invalid. Give one like image/png, or none."
            );
        }

        if (!preview.IsEmpty && !FileOffer.IsPreview(preview.Span))
        {
            throw new PeerException(
                PeerError.FileRefused,
                "A preview is a PNG, JPEG or WebP picture of at most "
                    + $"{FallbackText.SizeOf(FileOffer.MaxPreviewBytes)}. Make it smaller, or send none."
            );
        }

        var (root, name) = (new MerkleTree(file.Leaves).Root, FileName.MakeSafe(file.Name));
        var offer = new FileOffer(name, file.Size, root, mediaType ?? MediaTypes.Of(name)) { Preview = preview };
        return new HashedFile(offer, file.Leaves, file.Path, file.Stamp);
    }

    /// <summary>Reads a stream to its end and hashes it.</summary>
    /// <param name="leaves">Receives the hashes.</param>
    /// <param name="onLeaf">Called with each leaf.</param>
    /// <returns>The size.</returns>
    /// <exception cref="PeerException">It is too large.</exception>
    public static async Task<long> ReadLeavesAsync(
        Stream content,
        Stream leaves,
        Action<ReadOnlyMemory<byte>> onLeaf,
        CancellationToken cancellationToken
    )
    {
        var buffer = new byte[FileOffer.LeafSize];
        for (var size = 0L; ; )
        {
            var read = await content.ReadAtLeastAsync(
                buffer,
                buffer.Length,
                throwOnEndOfStream: false,
                cancellationToken
            );
            size += read;
            ThrowIfTooLarge(size);
            if (read > 0)
            {
                leaves.Write(MerkleTree.HashLeaf(buffer.AsSpan(0, read)));
                onLeaf(buffer.AsMemory(0, read));
            }

            if (read < buffer.Length)
            {
                return size;
            }
        }
    }

    // A pipe would block, and a device has no end. The key and the messages are in the data directory itself.
    private static void ThrowIfRefused(string path, string? dataFolder)
    {
        if (UnixFiles.Identify(path) is not { } found)
        {
            return;
        }

        if (!found.IsRegular)
        {
            throw new PeerException(PeerError.FileRefused, $"{path} is not a regular file. Offer a regular file.");
        }

        if (
            Directory.Exists(dataFolder)
            && Directory.EnumerateFiles(dataFolder).Any(own => UnixFiles.Identify(own) == found)
        )
        {
            throw new PeerException(
                PeerError.FileRefused,
                $"{path} belongs to this peer's own data, such as its key. Offer another file."
            );
        }
    }

    /// <exception cref="PeerException">No offer may name such a size.</exception>
    public static void ThrowIfTooLarge(long size)
    {
        if (size > FileOffer.MaxSize)
        {
            throw new PeerException(
                PeerError.FileRefused,
                $"The file is larger than {FallbackText.SizeOf(FileOffer.MaxSize)}. Split it, then send the parts."
            );
        }
    }
}
