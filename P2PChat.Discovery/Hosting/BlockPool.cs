using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace P2PChat.Discovery.Hosting;

/// <summary>One <see cref="BlockPool"/> for all of the server's connections.</summary>
internal sealed class BlockPoolFactory(TimeProvider timeProvider) : IMemoryPoolFactory<byte>, IDisposable
{
    private readonly BlockPool _pool = new(timeProvider);

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => _pool;

    public void Dispose() => _pool.Trimming.Dispose();
}

/// <summary>
/// The buffers of the server's connections, in blocks eight times as large as the framework's: it reads at most one
/// block per system call, and the relay spends most of its time in these calls. An idle connection holds no block.
/// Thread-safe.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    public const int BlockSize = 32 * 1024;

    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<Block> _free = new();
    private int _count;
    private int _blocks;

    // The fewest free blocks since the last trim, which nobody needed in that time.
    private int _fewest;

    public BlockPool(TimeProvider timeProvider) =>
        Trimming = timeProvider.CreateTimer(static pool => ((BlockPool)pool!).Trim(), this, TrimInterval, TrimInterval);

    public ITimer Trimming { get; }

    /// <summary>Free blocks that the pool keeps.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Blocks in use.</summary>
    public int Rented => Volatile.Read(ref _blocks) - Count;

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        if (!_free.TryDequeue(out var block))
        {
            Interlocked.Increment(ref _blocks);
            return new Block(this);
        }

        var left = Interlocked.Decrement(ref _count);
        if (left < Volatile.Read(ref _fewest))
        {
            // Approximate: a concurrent call may write a larger number.
            Volatile.Write(ref _fewest, left);
        }

        return block;
    }

    /// <summary>Frees half of the blocks that were not needed since the last call.</summary>
    public void Trim()
    {
        var surplus = (Interlocked.Exchange(ref _fewest, Count) + 1) / 2;
        while (surplus-- > 0 && _free.TryDequeue(out _))
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Decrement(ref _blocks);
        }
    }

    // The server disposes its pool when it stops, while connections may still return blocks.
    protected override void Dispose(bool disposing) { }

    private void Return(Block block)
    {
        Interlocked.Increment(ref _count);
        _free.Enqueue(block);
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);

        public Memory<byte> Memory =>
            System.Runtime.InteropServices.MemoryMarshal.CreateFromPinnedArray(_bytes, 0, BlockSize);

        public void Dispose() => pool.Return(this);
    }
}
