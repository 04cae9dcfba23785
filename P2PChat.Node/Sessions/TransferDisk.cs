using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;

namespace P2PChat.Node.Sessions;

/// <summary>Reads and writes the files of one session. Not thread-safe: one action at a time.</summary>
/// <param name="leavesOf">Reads the hashes of the leaves of one of our files; null if it was never offered.</param>
internal sealed class TransferDisk(DownloadFolder folder, Func<StoredTransfer, byte[]?> leavesOf)
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
    /// <returns>False if the file is closed, because a leaf before this one could not be written.</returns>
    /// <exception cref="IOException">It cannot be written. The leaves before it are kept.</exception>
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

    // Its tree is read when it is asked for, and forgotten when others are.
    private (FileStream File, MerkleTree Tree) OpenOwn(StoredTransfer transfer)
    {
        if (!_own.TryGetValue(transfer.Id, out var own))
        {
            if (_own.Count >= MaxOwn)
            {
                CloseOwn(_own.MinBy(pair => pair.Value.LastRead).Key);
            }

            var leaves = leavesOf(transfer) ?? throw new IOException("The file was never offered.");
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
