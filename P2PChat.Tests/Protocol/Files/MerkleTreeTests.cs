using P2PChat.Protocol.Files;

namespace P2PChat.Tests.Protocol.Files;

public sealed class MerkleTreeTests
{
    [Fact]
    public void Each_leaf_is_proved_only_at_its_place_and_in_its_tree()
    {
        for (var count = 1; count <= 40; count++)
        {
            var hashes = Enumerable.Range(0, count).Select(i => MerkleTree.HashLeaf([(byte)i])).ToList();
            var tree = TreeOf(hashes);
            for (var leaf = 0; leaf < count; leaf++)
            {
                var proof = tree.ProofOf(leaf);
                Assert.True(proof.Count <= MerkleTree.MaxProof(count));
                Assert.True(MerkleTree.Verify(tree.Root, count, leaf, hashes[leaf], proof));
                Assert.False(MerkleTree.Verify(tree.Root, count, (leaf + 1) % (count + 1), hashes[leaf], proof));
                Assert.False(MerkleTree.Verify(tree.Root, count, leaf, MerkleTree.HashLeaf([99]), proof));
                Assert.False(MerkleTree.Verify(tree.Root, count, leaf, hashes[leaf], [.. proof, tree.Root]));
                Assert.False(
                    proof.Count > 0 && MerkleTree.Verify(tree.Root, count, leaf, hashes[leaf], [.. proof.Skip(1)])
                );
            }
        }
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void Impossible_place_is_not_proved(long leaf, long count) =>
        Assert.False(MerkleTree.Verify(new byte[32], count, leaf, new byte[32], []));

    private static MerkleTree TreeOf(List<byte[]> hashes) => new([.. hashes.SelectMany(hash => hash)]);
}
