using System.Threading.Channels;

namespace P2PChat.Discovery.Peers.Events;

/// <summary>Collects which shards have news, until the one reader comes for them.</summary>
internal sealed class ShardSignal
{
    private readonly Channel<bool> _raised = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private int _shards;

    public void Raise(int shard)
    {
        Interlocked.Or(ref _shards, 1 << shard);
        _raised.Writer.TryWrite(true);
    }

    /// <returns>A bit for each shard with news; every bit where <paramref name="atMost"/> passed without any.</returns>
    public async Task<int> WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            await _raised.Reader.ReadAsync(cancellation).AsTask().WaitAsync(atMost, time, cancellation);
        }
        catch (TimeoutException)
        {
            return -1;
        }

        return Interlocked.Exchange(ref _shards, 0);
    }
}
