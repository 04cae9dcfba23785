using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;

namespace P2PChat.Node.Sessions;

/// <summary>Reads and writes the files of one session. Not thread-safe: one action at a time.</summary>
internal sealed class TransferDisk(DownloadFolder folder)
{
    private readonly Dictionary<Guid, FileStream> _incoming = [];
    private readonly Dictionary<Guid, FileStream> _own = [];

    /// <summary>Why a file cannot be written.</summary>
    public static TransferProblem ProblemOf(Exception exception) =>
        SaveState.IsDiskFull(exception) ? TransferProblem.DiskFull : TransferProblem.NotWritable;

    public static bool IsFailure(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>Opens the temporary file of a transfer, and hashes the leaves that are there.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public MerkleBuilder Prepare(StoredTransfer transfer)
    {
        if (!_incoming.TryGetValue(transfer.Id, out var file))
        {
            _incoming[transfer.Id] = file = folder.OpenPart(transfer.Remote, transfer.Id);
        }

        var (builder, offer) = (new MerkleBuilder(), transfer.Offer);
        var buffer = new byte[FileOffer.LeafSize];
        for (long leaf = 0; leaf < offer.LeafCount; leaf++)
        {
            var data = buffer.AsSpan(0, offer.SizeOf(leaf));
            if (ReadAt(file, data, leaf) < data.Length)
            {
                break;
            }

            builder.Add(MerkleTree.HashLeaf(data));
        }

        file.SetLength(Math.Min(offer.Size, builder.Count * FileOffer.LeafSize));
        return builder;
    }

    /// <summary>Appends a leaf.</summary>
    /// <exception cref="IOException">It cannot be written. The leaves before it are kept.</exception>
    /// <returns>False if the file is closed, for example because an earlier leaf could not be written.</returns>
    public bool Write(Guid id, long leaf, ReadOnlyMemory<byte> data)
    {
        if (!_incoming.TryGetValue(id, out var file))
        {
            return false;
        }

        RandomAccess.Write(file.SafeFileHandle, data.Span, leaf * FileOffer.LeafSize);
        return true;
    }

    /// <summary>Gives a complete file its name.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="IOException">It cannot be written to the disk, or renamed.</exception>
    public string Finish(StoredTransfer transfer)
    {
        if (_incoming.Remove(transfer.Id, out var file))
        {
            using (file)
            {
                file.Flush(flushToDisk: true);
            }
        }

        return folder.Finish(transfer.Remote, transfer.Id, transfer.Offer.Name);
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
