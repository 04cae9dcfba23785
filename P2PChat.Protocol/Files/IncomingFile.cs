using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Files;

/// <summary>One file that is being pulled: which leaves are asked for, and the leaf that arrives.</summary>
internal sealed class IncomingFile(Guid id, FileOffer offer, MerkleBuilder written, LeafBuffers buffers)
{
    // How many times in a row the parts of an incomplete leaf may end at the same byte.
    private const int MaxStalls = 3;

    // The leaves that are being written, oldest first.
    private readonly Queue<byte[]> _writing = new();

    private byte[]? _leaf;
    private IReadOnlyList<byte[]> _proof = [];
    private int _received;
    private (long Leaf, int Received, int Times) _stall;

    public Guid Id { get; } = id;

    public FileOffer Offer { get; } = offer;

    /// <summary>The leaf after the last that was asked for.</summary>
    public long NextAsked { get; private set; } = written.Count;

    /// <summary>The leaf that arrives next. Those before it are verified.</summary>
    public long NextArriving { get; private set; } = written.Count;

    /// <summary>The number of leaves that are written.</summary>
    public long Written { get; private set; } = written.Count;

    /// <summary>Whether it has leaves of an earlier process, which were not verified since.</summary>
    public bool HasUnverified { get; } = written.Count > 0;

    public bool IsPausedThere { get; set; }

    /// <summary>Whether to ask for nothing, also after a pause of the sender, until this side continues.</summary>
    public bool IsHeld { get; set; }

    public bool MayAsk => !IsHeld && NextAsked < Offer.LeafCount;

    public bool IsWritten => Written == Offer.LeafCount;

    /// <summary>Whether all leaves together are what was offered.</summary>
    public bool IsIntact => written.Root.AsSpan().SequenceEqual(Offer.Root.Span);

    public void Ask() => NextAsked++;

    public void OnWritten()
    {
        Written++;
        if (_writing.TryDequeue(out var leaf))
        {
            buffers.Return(leaf);
        }
    }

    /// <summary>Begins on another link. Stalls of the earlier one may have been that link's.</summary>
    public void Reconnect()
    {
        _stall = default;
        Rewind();
    }

    /// <summary>Forgets what was asked for and has not arrived, because it may be lost.</summary>
    public void Rewind()
    {
        NextAsked = NextArriving;
        if (_leaf is not null)
        {
            buffers.Return(_leaf);
        }

        (_leaf, _received) = (null, 0);
    }

    /// <summary>
    /// Notes that no more parts have come in time. The last leaf of an offer that gives too large a size never arrives
    /// whole, however often it is asked for.
    /// </summary>
    /// <returns>Whether the leaf is shorter than the offer says.</returns>
    public bool NoteStall()
    {
        // Without any byte it is the link, or a sender that is busy.
        var isSame = _received > 0 && (_stall.Leaf, _stall.Received) == (NextArriving, _received);
        _stall = (NextArriving, _received, isSame ? _stall.Times + 1 : 1);
        return _received > 0 && _stall.Times == MaxStalls;
    }

    /// <summary>Adds a part. One that was not asked for, or has arrived before, is ignored.</summary>
    /// <param name="completed">
    /// The leaf, if it is complete and correct; valid until <see cref="OnWritten"/>. Otherwise empty.
    /// </param>
    /// <returns>Whether it is wanted; null if the leaf is not a part of the offered file.</returns>
    public bool? TryAdd(FilePart part, out ReadOnlyMemory<byte> completed)
    {
        completed = default;
        if (part.Leaf != (ulong)NextArriving || NextArriving >= NextAsked || part.Offset != (uint)_received)
        {
            return false;
        }

        var size = Offer.SizeOf(NextArriving);
        if (part.Data.Length is 0 or > FileFrames.MaxPart || part.Data.Length > size - _received)
        {
            return null;
        }

        if (_received == 0)
        {
            if (part.Proof.Count > MerkleTree.MaxProof(Offer.LeafCount))
            {
                return null;
            }

            (_leaf, _proof) = (buffers.Rent(), [.. part.Proof.Select(node => node.ToByteArray())]);
        }

        part.Data.Span.CopyTo(_leaf.AsSpan(_received));
        _received += part.Data.Length;
        if (_received < size)
        {
            return true;
        }

        var hash = MerkleTree.HashLeaf(_leaf.AsSpan(0, size));
        if (!MerkleTree.Verify(Offer.Root.Span, Offer.LeafCount, NextArriving, hash, _proof))
        {
            return null;
        }

        written.Add(hash);
        NextArriving++;
        _writing.Enqueue(_leaf!);
        (completed, _leaf, _received) = (_leaf.AsMemory(0, size), null, 0);
        return true;
    }
}
