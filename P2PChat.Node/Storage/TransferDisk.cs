using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Files;

namespace P2PChat.Node.Storage;

/// <summary>Reads and writes the files of one session. Not thread-safe: one action at a time.</summary>
/// <param name="leavesOf">Reads the hashes of the leaves of one of our files; null if it was never offered.</param>
internal sealed class TransferDisk(DownloadFolder folder, DiskReserve reserve, Func<StoredTransfer, byte[]?> leavesOf)
{
    // A tree of the largest file takes 16 MiB.
    private const int MaxOwn = 16;

    private readonly Dictionary<Guid, FileStream> _incoming = [];
    private readonly Dictionary<Guid, OwnFile> _own = [];
    private long _reads;

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
    /// <exception cref="PartLostException">It is shorter, or gone.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Truncate(StoredTransfer transfer, long length)
    {
        if (length > 0 || File.Exists(folder.PartOf(transfer.Remote, transfer.Id)))
        {
            var part = PartOf(transfer, creates: false);
            PartLostException.ThrowIf(part.Length < length);
            part.SetLength(length);
        }
    }

    /// <summary>Appends a leaf.</summary>
    /// <exception cref="PartLostException">The leaves before it are no longer there.</exception>
    /// <exception cref="IOException">It cannot be written. The leaves before it are kept.</exception>
    public void Write(StoredTransfer transfer, long leaf, ReadOnlyMemory<byte> data)
    {
        reserve.ThrowIfReachedFor(folder.FullPath);
        var offset = leaf * FileOffer.LeafSize;
        var isOpen = _incoming.ContainsKey(transfer.Id);
        var part = PartOf(transfer, creates: leaf == 0);
        // A hole would be filled with zeros, which nobody verifies.
        PartLostException.ThrowIf(!isOpen && part.Length != offset);
        RandomAccess.Write(part.SafeFileHandle, data.Span, offset);
    }

    /// <summary>Gives a complete file its name.</summary>
    /// <param name="onChosen">Called with its path before it is there.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="PartLostException">It is not complete.</exception>
    /// <exception cref="IOException">It cannot be written to the disk, or renamed.</exception>
    public string Finish(StoredTransfer transfer, Action<string> onChosen)
    {
        // Reserved by a process that was killed.
        if (transfer.Path is { } reserved && new FileInfo(reserved) is { Exists: true, Length: 0 })
        {
            Delete(reserved);
        }

        using (var file = PartOf(transfer, creates: transfer.Offer.Size == 0))
        {
            _ = _incoming.Remove(transfer.Id);
            PartLostException.ThrowIf(file.Length != transfer.Offer.Size);
            file.Flush(flushToDisk: true);
        }

        return folder.Finish(transfer.Remote, transfer.Id, transfer.Offer.Name, onChosen);
    }

    /// <summary>Closes an incoming file.</summary>
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
    /// <returns>The number of bytes, and the leaf's audit path; null if it is not the leaf that was offered.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public (int Length, IReadOnlyList<byte[]>? Proof) Read(StoredTransfer transfer, long leaf, Span<byte> buffer)
    {
        var (file, tree) = OpenOwn(transfer);
        var size = transfer.Offer.SizeOf(leaf);
        var read = ReadAt(file, buffer[..size], leaf);
        // After the read, so that a change meanwhile shows.
        var stamp = File.GetLastWriteTimeUtc(file.SafeFileHandle).Ticks;
        var isOffered =
            read == size
            && (
                stamp == transfer.Stamp
                || tree.Leaves.Slice((int)leaf * MerkleTree.HashSize, MerkleTree.HashSize)
                    .SequenceEqual(MerkleTree.HashLeaf(buffer[..read]))
            );
        return (read, isOffered ? tree.ProofOf(leaf) : null);
    }

    /// <summary>Closes one of our files.</summary>
    public void CloseOwn(Guid id)
    {
        if (_own.Remove(id, out var own))
        {
            own.File.Dispose();
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
        foreach (var file in _incoming.Values.Concat(_own.Values.Select(own => own.File)))
        {
            file.Dispose();
        }

        _incoming.Clear();
        _own.Clear();
    }

    // Opened for the first leaf, because a sender that sends nothing must not take a handle.
    private FileStream PartOf(StoredTransfer transfer, bool creates)
    {
        if (!_incoming.TryGetValue(transfer.Id, out var file))
        {
            try
            {
                file = folder.OpenPart(transfer.Remote, transfer.Id, creates);
            }
            catch (FileNotFoundException) when (!creates)
            {
                throw new PartLostException();
            }

            _incoming[transfer.Id] = file;
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

    // Its tree is read when it is asked for, and forgotten when others are.
    private (FileStream File, MerkleTree Tree) OpenOwn(StoredTransfer transfer)
    {
        if (!_own.TryGetValue(transfer.Id, out var own))
        {
            if (_own.Count >= MaxOwn)
            {
                CloseOwn(_own.MinBy(pair => pair.Value.LastRead).Key);
            }

            var leaves = leavesOf(transfer) ?? throw new FileNotFoundException("The file was never offered.");
            _own[transfer.Id] = own = new OwnFile(Open(transfer.Path!), new MerkleTree(leaves));
        }

        own.LastRead = ++_reads;
        return (own.File, own.Tree);
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

    private sealed record OwnFile(FileStream File, MerkleTree Tree)
    {
        public long LastRead { get; set; }
    }
}
