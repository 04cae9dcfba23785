using P2PChat.Protocol.Files;

namespace P2PChat.Tests.Protocol.Files;

/// <summary>Tests against the tree of Certificate Transparency's reference implementation (RFC 9162).</summary>
public sealed class MerkleTreeTests
{
    private static readonly string[] Leaves =
    [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Root_of_the_first_leaves_is_that_of_the_reference(int count, string root)
    {
        var hashes = HashesOf(count);
        var builder = new MerkleBuilder();
        foreach (var hash in hashes)
        {
            builder.Add(hash);
        }

        Assert.Equal(root, Convert.ToHexStringLower(TreeOf(hashes).Root));
        Assert.Equal(root, Convert.ToHexStringLower(builder.Root));
    }

    [Fact]
    public void Proof_of_the_first_leaf_of_8_is_that_of_the_reference() =>
        Assert.Equal(
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
            TreeOf(HashesOf(8)).ProofOf(0).Select(Convert.ToHexStringLower)
        );

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

    private static List<byte[]> HashesOf(int count) =>
        [.. Leaves.Take(count).Select(leaf => MerkleTree.HashLeaf(Convert.FromHexString(leaf)))];

    private static MerkleTree TreeOf(List<byte[]> hashes) => new([.. hashes.SelectMany(hash => hash)]);
}
