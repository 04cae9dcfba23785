using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;

namespace P2PChat.Node.Services;

/// <summary>A file that was uploaded to this peer, and can be offered.</summary>
/// <param name="Name">Safe as the name of a file.</param>
public sealed record FileUpload(Guid Id, string Name, long Size);

/// <summary>Receives files that another program or a browser wants to offer. Thread-safe.</summary>
public sealed class UploadService
{
    private readonly UploadFolder _folder;
    private readonly DiskReserve _reserve;

    internal UploadService(UploadFolder folder, DiskReserve reserve) => (_folder, _reserve) = (folder, reserve);

    /// <summary>Writes a file to the disk while it arrives, without holding it in memory.</summary>
    /// <param name="name">Made safe. Not a path.</param>
    /// <returns>What <see cref="FileService.OfferUploadAsync"/> takes.</returns>
    /// <exception cref="PeerException">It is too large, there is no room for it, or it cannot be written.</exception>
    /// <exception cref="IOException">The content ends too early. Nothing of it is kept.</exception>
    public async Task<FileUpload> ReceiveAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(content);
        ThrowIfNoFolder();
        var id = Guid.CreateVersion7();
        try
        {
            var leaves = new MemoryStream();
            await using var file = OnDisk(() => _folder.Create(id)) ?? throw TooMany();
            var size = await OfferReader.ReadLeavesAsync(
                content,
                leaves,
                leaf => Write(file, leaf.Span),
                cancellationToken
            );
            // Nobody else writes in this folder.
            var stamp = File.GetLastWriteTimeUtc(file.SafeFileHandle).Ticks;
            var upload = new StoredUpload(id, FileName.MakeSafe(name), file.Name, size, leaves.ToArray(), stamp);
            _folder.Add(upload);
            return new FileUpload(id, upload.Name, size);
        }
        catch
        {
            _ = _folder.Remove(id);
            throw;
        }
    }

    /// <summary>Checks whether there is room for a file, before it is uploaded.</summary>
    /// <exception cref="PeerException">It is too large, there is no room for it, or nowhere to keep it.</exception>
    public void ThrowIfNoRoom(long size)
    {
        ThrowIfNoFolder();
        OfferReader.ThrowIfTooLarge(size);
        if (!SessionTable.Guard(() => _folder.HasRoom(size)))
        {
            throw NoRoom();
        }
    }

    /// <summary>Deletes an upload that has not been offered.</summary>
    /// <exception cref="PeerException">There is no such upload.</exception>
    public void Remove(Guid id)
    {
        if (!_folder.Remove(id))
        {
            throw Unknown();
        }
    }

    internal static PeerException Unknown() =>
        new(PeerError.UnknownFile, "There is no such upload. It may have been sent or deleted. Upload the file again.");

    private static PeerException TooMany() =>
        new(
            PeerError.FileRefused,
            $"{UploadFolder.MaxWaiting} uploads were not offered. Offer or delete some, then upload the file again."
        );

    private void Write(FileStream file, ReadOnlySpan<byte> leaf)
    {
        var bytes = leaf.Length;
        if (!SessionTable.Guard(() => _folder.TryReserve(bytes)))
        {
            throw NoRoom();
        }

        try
        {
            _reserve.ThrowIfReachedFor(target: null);
            file.Write(leaf);
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            throw NotWritable(exception);
        }
    }

    private void ThrowIfNoFolder()
    {
        if (_folder.FullPath is null)
        {
            throw new PeerException(
                PeerError.FileRefused,
                "This peer is ephemeral and has no folder for files. Restart it with a download folder."
            );
        }
    }

    private PeerException NoRoom() =>
        new(
            PeerError.FileRefused,
            $"The uploads in {_folder.FullPath} would exceed the total limit of "
                + $"{FallbackText.SizeOf(_folder.Limit)}. Wait until some are sent, cancel some, or raise the limit."
        );

    private FileStream? OnDisk(Func<FileStream?> open)
    {
        try
        {
            return open();
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            throw NotWritable(exception);
        }
    }

    private PeerException NotWritable(Exception exception) =>
        new(
            PeerError.FileRefused,
            SaveState.IsDiskFull(exception)
                ? $"The disk with {_folder.FullPath} is full. Free some space, then send the file again."
                : $"The folder {_folder.FullPath} cannot be written. Check it, then send the file again."
        );
}
