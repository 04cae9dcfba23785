using P2PChat.Protocol.Files;

namespace P2PChat.Tests.Vectors;

/// <summary>Tests trees with docs/vectors/merkle-trees.json, which another implementation has made.</summary>
public sealed class MerkleTreeVectorTests
{
    private static readonly Vectors All = VectorFile.Read<Vectors>("merkle-trees.json");

    public sealed record Vectors(
        IReadOnlyList<Tree> Trees,
        IReadOnlyList<WholeFile> Files,
        IReadOnlyList<InvalidPath> InvalidPaths
    );

    /// <param name="Paths">The audit path of each leaf.</param>
    public sealed record Tree(
        string Name,
        IReadOnlyList<string> Leaves,
        string Root,
        IReadOnlyList<IReadOnlyList<string>> Paths
    );

    /// <param name="Size">Byte n of the file is n modulo 251.</param>
    /// <param name="Last">The audit path of the last leaf.</param>
    public sealed record WholeFile(string Name, int Size, long LeafCount, string Root, IReadOnlyList<string> Last);

    public sealed record InvalidPath(
        string Name,
        long Count,
        long Index,
        string Leaf,
        string Root,
        IReadOnlyList<string> Path
    );

    [Fact]
    public void Roots_and_paths_of_trees_match_the_vectors() => Assert.All(All.Trees, vector =>
        {
            var hashes = vector.Leaves.Select(leaf => MerkleTree.HashLeaf(Convert.FromHexString(leaf))).ToList();
            var (tree, builder) = (new MerkleTree([.. hashes.SelectMany(hash => hash)]), new MerkleBuilder());
            hashes.ForEach(builder.Add);

            Assert.Equal(vector.Root, Convert.ToHexStringLower(tree.Root));
            Assert.Equal(vector.Root, Convert.ToHexStringLower(builder.Root));
            Assert.Equal(vector.Leaves.Count, vector.Paths.Count);
            for (var leaf = 0; leaf < hashes.Count; leaf++)
            {
                var path = vector.Paths[leaf].Select(Convert.FromHexString).ToList();
                Assert.Equal(path, tree.ProofOf(leaf));
                Assert.True(
                    MerkleTree.Verify(Convert.FromHexString(vector.Root), hashes.Count, leaf, hashes[leaf], path)
                );
            }
        });

    [Fact]
    public void Files_are_cut_into_leaves_as_in_the_vectors() => Assert.All(All.Files, vector =>
        {
            var content = new byte[vector.Size];
            for (var i = 0; i < content.Length; i++)
            {
                content[i] = (byte)(i % 251);
            }

            var offer = new FileOffer("a", vector.Size, Convert.FromHexString(vector.Root), FileOffer.UnknownType);
            Assert.Equal(vector.LeafCount, offer.LeafCount);
            Assert.True(offer.IsOf(content));
            if (vector.Size > 0)
            {
                var last = MerkleTree.HashLeaf(content.AsSpan(^offer.SizeOf(offer.LeafCount - 1)..));
                var path = vector.Last.Select(Convert.FromHexString).ToList();
                Assert.True(MerkleTree.Verify(offer.Root.Span, offer.LeafCount, offer.LeafCount - 1, last, path));
                content[^1]++;
            }

            Assert.Equal(vector.Size == 0, offer.IsOf(content));
        });

    [Fact]
    public void Invalid_paths_are_refused() =>
        Assert.All(All.InvalidPaths, vector =>
            Assert.False(
                MerkleTree.Verify(
                    Convert.FromHexString(vector.Root),
                    vector.Count,
                    vector.Index,
                    MerkleTree.HashLeaf(Convert.FromHexString(vector.Leaf)),
                    [.. vector.Path.Select(Convert.FromHexString)]
                ),
                vector.Name
            )
        );
}
