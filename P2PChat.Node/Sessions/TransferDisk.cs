using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;

namespace P2PChat.Node.Sessions;

/// <summary>Reads and writes the files of one session. Not thread-safe: one action at a time.</summary>
internal sealed class TransferDisk(DownloadFolder folder, DiskReserve reserve)
{
    private readonly Dictionary<Guid, FileStream> _incoming = [];
    private readonly Dictionary<Guid, FileStream> _own = [];

    /// <summary>Why a file cannot be written.</summary>
    public static TransferProblem ProblemOf(Exception exception) =>
        SaveState.IsDiskFull(exception) ? TransferProblem.DiskFull : TransferProblem.NotWritable;

    public static bool IsFailure(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>Hashes the leaves of a transfer that are on the disk. May run beside another action.</summary>
    /// <param name="isWanted">Asked before each leaf.</param>
    /// <returns>Null if it is not wanted any more.</returns>
    /// <exception cref="IOException">They cannot be read.</exception>
    public MerkleBuilder? Hash(StoredTransfer transfer, Func<bool> isWanted)
    {
        var part = folder.PartOf(transfer.Remote, transfer.Id);
        return File.Exists(part) ? Hash(part, transfer.Offer, isWanted)
            : isWanted() ? new MerkleBuilder()
            : null;
    }

    /// <summary>
    /// Whether a complete file has its name already, because the process ended before that was saved. May run beside
    /// another action.
    /// </summary>
    /// <inheritdoc cref="Hash(StoredTransfer, Func{bool})"/>
    public bool IsFinished(StoredTransfer transfer, Func<bool> isWanted) =>
        transfer is { IsOurs: false, Path: { } path, Offer: var offer }
        && !File.Exists(folder.PartOf(transfer.Remote, transfer.Id))
        && new FileInfo(path) is { Exists: true } file
        && file.Length == offer.Size
        && Hash(path, offer, isWanted) is { } builder
        && builder.Root.AsSpan().SequenceEqual(offer.Root.Span);

    /// <summary>Cuts off what is not a whole leaf.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Truncate(StoredTransfer transfer, long length)
    {
        if (File.Exists(folder.PartOf(transfer.Remote, transfer.Id)))
        {
            PartOf(transfer).SetLength(length);
        }
    }

    /// <summary>Appends a leaf.</summary>
    /// <exception cref="IOException">It cannot be written. The leaves before it are kept.</exception>
    public void Write(StoredTransfer transfer, long leaf, ReadOnlyMemory<byte> data)
    {
        reserve.ThrowIfReached();
        RandomAccess.Write(PartOf(transfer).SafeFileHandle, data.Span, leaf * FileOffer.LeafSize);
    }

    /// <summary>Gives a complete file its name.</summary>
    /// <param name="onChosen">Called with its path before it is there.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="IOException">It cannot be written to the disk, or renamed.</exception>
    public string Finish(StoredTransfer transfer, Action<string> onChosen)
    {
        // Reserved by a process that was killed.
        if (transfer.Path is { } reserved && new FileInfo(reserved) is { Exists: true, Length: 0 })
        {
            Delete(reserved);
        }

        using (var file = PartOf(transfer))
        {
            _ = _incoming.Remove(transfer.Id);
            file.Flush(flushToDisk: true);
        }

        return folder.Finish(transfer.Remote, transfer.Id, transfer.Offer.Name, onChosen);
    }

    /// <summary>Ends with a file that arrives.</summary>
    /// <param name="deletes">Whether what has arrived is deleted.</param>
    public void Close(StoredTransfer transfer, bool deletes)
    {
        if (_incoming.Remove(transfer.Id, out var file))
        {
            file.Dispose();
        }

        if (deletes)
        {
            folder.DeletePart(transfer.Remote, transfer.Id);
        }
    }

    /// <summary>Reads a leaf of one of our files.</summary>
    /// <returns>
    /// The number of bytes, fewer than those of the leaf if the file has become shorter; and whether the file is surely
    /// as it was when it was offered.
    /// </returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public (int Length, bool IsUnchanged) Read(StoredTransfer transfer, long leaf, Span<byte> buffer)
    {
        if (!_own.TryGetValue(transfer.Id, out var file))
        {
            _own[transfer.Id] = file = Open(transfer.Path!);
        }

        var size = transfer.Offer.SizeOf(leaf);
        var read = ReadAt(file, buffer[..size], leaf);
        // After the read, so that a change meanwhile shows.
        var stamp = File.GetLastWriteTimeUtc(file.SafeFileHandle).Ticks;
        return (read, read == size && stamp == transfer.Stamp);
    }

    /// <summary>Ends with one of our files.</summary>
    public void CloseOwn(Guid id)
    {
        if (_own.Remove(id, out var file))
        {
            file.Dispose();
        }
    }

    /// <summary>Opens a file to offer or to send.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Deletes a complete file.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            // It stays, as if the user had put it there.
        }
    }

    /// <summary>Closes all files. They are opened again when they are needed.</summary>
    public void CloseAll()
    {
        foreach (var file in _incoming.Values.Concat(_own.Values))
        {
            file.Dispose();
        }

        _incoming.Clear();
        _own.Clear();
    }

    // Opened for the first leaf, because a sender that sends nothing must not take a handle.
    private FileStream PartOf(StoredTransfer transfer)
    {
        if (!_incoming.TryGetValue(transfer.Id, out var file))
        {
            _incoming[transfer.Id] = file = folder.OpenPart(transfer.Remote, transfer.Id);
        }

        return file;
    }

    private static MerkleBuilder? Hash(string path, FileOffer offer, Func<bool> isWanted)
    {
        using var file = Open(path);
        var builder = new MerkleBuilder();
        var buffer = new byte[FileOffer.LeafSize];
        for (long leaf = 0; leaf < offer.LeafCount; leaf++)
        {
            if (!isWanted())
            {
                return null;
            }

            var data = buffer.AsSpan(0, offer.SizeOf(leaf));
            if (ReadAt(file, data, leaf) < data.Length)
            {
                break;
            }

            builder.Add(MerkleTree.HashLeaf(data));
        }

        return builder;
    }

    private static int ReadAt(FileStream file, Span<byte> data, long leaf)
    {
        var read = 0;
        while (
            read < data.Length
            && RandomAccess.Read(file.SafeFileHandle, data[read..], leaf * FileOffer.LeafSize + read)
                is > 0
                    and var more
        )
        {
            read += more;
        }

        return read;
    }
}
