using System.Threading.Channels;

namespace P2PChat.Discovery.Peers.Events;

/// <summary>Collects which shards have news, until the one reader comes for them.</summary>
internal sealed class ShardSignal
{
    private readonly Channel<bool> _raised = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private int _shards;
    private Task<bool>? _next;

    public void Raise(int shard)
    {
        Interlocked.Or(ref _shards, 1 << shard);
        _raised.Writer.TryWrite(true);
    }

    /// <returns>A bit for each shard with news; every bit where <paramref name="atMost"/> passed without any.</returns>
    public async Task<int> WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
        // One read for all waits: one that is left behind at a time-out would take the next news for itself.
        _next ??= _raised.Reader.ReadAsync(cancellation).AsTask();
        try
        {
            await _next.WaitAsync(atMost, time, cancellation);
        }
        catch (TimeoutException)
        {
            return -1;
        }

        _next = null;
        return Interlocked.Exchange(ref _shards, 0);
    }
}
