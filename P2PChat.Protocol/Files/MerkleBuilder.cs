using System.Security.Cryptography;

namespace P2PChat.Protocol.Files;

/// <summary>Computes the root of a <see cref="MerkleTree"/> leaf by leaf, in O(log n) memory.</summary>
public sealed class MerkleBuilder
{
    // The complete subtrees so far, largest first. Their sizes are the bits of Count.
    private readonly List<byte[]> _subtrees = [];

    /// <summary>The number of leaves so far.</summary>
    public long Count { get; private set; }

    /// <summary>The root of the leaves so far.</summary>
    public byte[] Root
    {
        get
        {
            if (Count == 0)
            {
                return SHA256.HashData([]);
            }

            var root = _subtrees[^1];
            for (var i = _subtrees.Count - 2; i >= 0; i--)
            {
                root = MerkleTree.HashNode(_subtrees[i], root);
            }

            return root;
        }
    }

    /// <param name="hash">The hash of the next leaf.</param>
    public void Add(byte[] hash)
    {
        _subtrees.Add(hash);
        for (var count = Count++; (count & 1) == 1; count >>= 1)
        {
            var node = MerkleTree.HashNode(_subtrees[^2], _subtrees[^1]);
            _subtrees.RemoveRange(_subtrees.Count - 2, 2);
            _subtrees.Add(node);
        }
    }
}
