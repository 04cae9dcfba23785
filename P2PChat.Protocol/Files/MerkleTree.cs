using System.Numerics;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Files;

/// <summary>The Merkle tree of a file's leaves (RFC 9162, section 2.1), kept whole to prove each leaf.</summary>
public sealed class MerkleTree
{
    /// <summary>Size of a hash, in bytes.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    // The hashes of each level, leaves first. A node without a sibling is its own parent.
    private readonly List<byte[]> _levels = [];

    /// <param name="leaves">The hashes of the leaves, one after the other.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of <see cref="HashSize"/>.</exception>
    public MerkleTree(byte[] leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        if (leaves.Length % HashSize != 0)
        {
            throw new ArgumentException("A hash is incomplete.", nameof(leaves));
        }

        for (var level = leaves; ; level = ParentsOf(level))
        {
            _levels.Add(level);
            if (level.Length <= HashSize)
            {
                break;
            }
        }
    }

    public long Count => _levels[0].Length / HashSize;

    /// <summary>The hash of the tree.</summary>
    public byte[] Root => Count == 0 ? SHA256.HashData([]) : _levels[^1];

    public ReadOnlySpan<byte> Leaves => _levels[0];

    /// <summary>The hash of a leaf.</summary>
    public static byte[] HashLeaf(ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(data);
        return hash.GetHashAndReset();
    }

    /// <summary>The hash of an inner node.</summary>
    public static byte[] HashNode(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> node = stackalloc byte[1 + 2 * HashSize];
        node[0] = 1;
        left.CopyTo(node[1..]);
        right.CopyTo(node[(1 + HashSize)..]);
        return SHA256.HashData(node);
    }

    /// <summary>The maximum length of a proof in a tree, in hashes.</summary>
    public static int MaxProof(long count) => count <= 1 ? 0 : 64 - BitOperations.LeadingZeroCount((ulong)count - 1);

    /// <summary>Verifies an audit path (RFC 9162, section 2.1.3.2).</summary>
    /// <param name="leaf">The index of the leaf.</param>
    /// <param name="count">The number of leaves of the tree.</param>
    public static bool Verify(
        ReadOnlySpan<byte> root,
        long count,
        long leaf,
        ReadOnlySpan<byte> hash,
        IReadOnlyList<byte[]> proof
    )
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (leaf < 0 || leaf >= count || hash.Length != HashSize || proof.Any(node => node.Length != HashSize))
        {
            return false;
        }

        var (index, last, node) = (leaf, count - 1, hash.ToArray());
        foreach (var sibling in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if ((index & 1) == 1 || index == last)
            {
                node = HashNode(sibling, node);
                while ((index & 1) == 0 && index != 0)
                {
                    (index, last) = (index >> 1, last >> 1);
                }
            }
            else
            {
                node = HashNode(node, sibling);
            }

            (index, last) = (index >> 1, last >> 1);
        }

        return last == 0 && root.SequenceEqual(node);
    }

    /// <summary>The audit path of a leaf, from the leaf's sibling to the root's child.</summary>
    public IReadOnlyList<byte[]> ProofOf(long leaf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leaf);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(leaf, Count);
        var proof = new List<byte[]>();
        foreach (var level in _levels.SkipLast(1))
        {
            var sibling = (int)(leaf ^ 1) * HashSize;
            if (sibling < level.Length)
            {
                proof.Add(level[sibling..(sibling + HashSize)]);
            }

            leaf >>= 1;
        }

        return proof;
    }

    private static byte[] ParentsOf(byte[] level)
    {
        var count = level.Length / HashSize;
        var parents = new byte[(count + 1) / 2 * HashSize];
        for (var i = 0; i < count; i += 2)
        {
            var left = level.AsSpan(i * HashSize, HashSize);
            var parent = i + 1 < count ? HashNode(left, level.AsSpan((i + 1) * HashSize, HashSize)) : left.ToArray();
            parent.CopyTo(parents, i / 2 * HashSize);
        }

        return parents;
    }
}
