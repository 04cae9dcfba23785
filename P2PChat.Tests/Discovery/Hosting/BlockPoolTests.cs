using P2PChat.Discovery.Hosting;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Hosting;

public sealed class BlockPoolTests
{
    [Fact]
    public void Free_blocks_are_reused_and_trimmed_when_nobody_needs_them()
    {
        using var pool = new BlockPool(new ManualClock());
        using var trimming = pool.Trimming;
        var blocks = Enumerable.Range(0, 8).Select(_ => pool.Rent(100)).ToList();
        var first = blocks[0].Memory;
        Assert.Equal(BlockPool.BlockSize, first.Length);
        Assert.Equal((8, 0), (pool.Rented, pool.Count));
        blocks.ForEach(block => block.Dispose());
        Assert.Equal((0, 8), (pool.Rented, pool.Count));

        using (var again = pool.Rent())
        {
            Assert.True(again.Memory.Equals(first));
        }

        // All were in use since the start, so the first call only begins to count.
        pool.Trim();
        var kept = pool.Count;
        pool.Trim();
        pool.Trim();
        pool.Trim();
        pool.Trim();
        Assert.InRange(kept, 7, 8);
        Assert.Equal((0, 0), (pool.Rented, pool.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(BlockPool.BlockSize + 1));
    }
}
