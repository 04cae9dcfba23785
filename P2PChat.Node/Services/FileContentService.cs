using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>Reads the files of transfers, to show or save them. Thread-safe.</summary>
public sealed class FileContentService
{
    private readonly FileService _files;
    private readonly PeerStore _store;

    internal FileContentService(FileService files, PeerStore store) => (_files, _store) = (files, store);

    /// <summary>Opens a received file to read it.</summary>
    /// <exception cref="PeerException">It is not complete, or cannot be read.</exception>
    public (FileTransfer Transfer, FileStream Content) Open(Username name, Guid id)
    {
        var transfer = _files.Find(name, id, isOurs: false);
        if (transfer is not { State: TransferState.Completed, Path: { } path })
        {
            throw new PeerException(
                PeerError.FileRefused,
                "This file is not complete. Accept it, or wait until it has arrived."
            );
        }

        try
        {
            return (transfer, TransferDisk.Open(path));
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            throw new PeerException(
                PeerError.FileRefused,
                $"{path} cannot be read. It may have been moved or deleted. Ask {name} to send it again."
            );
        }
    }

    /// <summary>Copies a received file.</summary>
    /// <param name="path">An absolute path: of a folder, or of a file that does not exist yet.</param>
    /// <returns>The path of the copy.</returns>
    /// <exception cref="PeerException">It is not complete, or cannot be copied there.</exception>
    public async Task<string> SaveAsync(Username name, Guid id, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        var (transfer, content) = Open(name, id);
        await using (content)
        {
            var target = Directory.Exists(path) ? Path.Combine(path, transfer.Name) : path;
            // So that a copy that is not complete never has the name.
            var temporary = Path.Combine(Path.GetDirectoryName(target) ?? path, $".{Guid.NewGuid():N}.part");
            try
            {
                if (ReservedName.IsTaken(target))
                {
                    throw Taken(target);
                }

                await using (var copy = new FileStream(temporary, DataDirectory.Options(FileMode.CreateNew)))
                {
                    await content.CopyToAsync(copy, cancellationToken);
                    copy.Flush(flushToDisk: true);
                }

                if (!ReservedName.TryReserve(target))
                {
                    throw Taken(target);
                }

                ReservedName.Use(target, temporary);
                return target;
            }
            catch (Exception exception) when (TransferDisk.IsFailure(exception))
            {
                throw new PeerException(
                    PeerError.FileRefused,
                    $"{target} cannot be written. Check the folder and the space on its disk."
                );
            }
            finally
            {
                if (File.Exists(temporary))
                {
                    File.Delete(temporary);
                }
            }
        }
    }

    private static PeerException Taken(string path) =>
        new(PeerError.FileRefused, $"{path} already exists. Choose another path.");

    /// <summary>Opens a complete file of either side that a browser can show or play without running code.</summary>
    /// <param name="isOurs">Whether this user has offered it; null for either.</param>
    /// <returns>The media type by the first bytes; null if it is no picture, sound or video of a known type.</returns>
    /// <exception cref="PeerException">It is not complete, or cannot be read.</exception>
    public (FileTransfer Transfer, string? Type, FileStream Content) OpenMedia(Username name, Guid id, bool? isOurs)
    {
        var transfer = _files.Find(name, id, isOurs);
        var (_, content) = transfer is { IsOurs: true, Path: { } path } ? (transfer, OpenOwn(path)) : Open(name, id);
        try
        {
            Span<byte> start = stackalloc byte[MediaTypes.Start];
            var length = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            content.Position = 0;
            return (transfer, MediaTypes.OfBytes(start[..length]), content);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <summary>Reads the preview of a file.</summary>
    /// <returns>The media type by its first bytes, and the picture; null if there is none.</returns>
    /// <exception cref="PeerException">There is no such file, or the store cannot be read.</exception>
    public (string Type, byte[] Picture)? PreviewOf(Username name, Guid id, bool? isOurs)
    {
        var transfer = _files.FindLive(name, id, isOurs).Stored;
        return
            SessionTable.Guard(() => _store.Transfers.PreviewOf(transfer)) is { } picture
            && PictureType.Of(picture) is { } type
            ? (type, picture)
            : null;
    }

    private static FileStream OpenOwn(string path)
    {
        try
        {
            return TransferDisk.Open(path);
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            throw new PeerException(
                PeerError.FileRefused,
                $"{path} cannot be read. It may have been moved or deleted since it was offered."
            );
        }
    }
}
