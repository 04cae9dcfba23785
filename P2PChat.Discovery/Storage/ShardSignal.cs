using System.Threading.Channels;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// Collects the shards with news for a single reader. The first signal after a pause is delivered at once; those that
/// follow closely are batched, so that the reader does not run once per write.
/// </summary>
internal sealed class ShardSignal
{
    /// <summary>Minimum time between two deliveries.</summary>
    public static readonly TimeSpan BatchingWindow = TimeSpan.FromMilliseconds(50);

    private readonly Channel<bool> _raised = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    private int _shards;
    private Task<bool>? _next;
    private long? _deliveredAt;

    public void Raise(int shard)
    {
        Interlocked.Or(ref _shards, 1 << shard);
        _raised.Writer.TryWrite(true);
    }

    /// <returns>A bit per shard with news; all bits if <paramref name="timeout"/> passes without any.</returns>
    public async Task<int> WaitAsync(TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        // Reuse one pending read: a read abandoned after a time-out would swallow the next signal.
        _next ??= _raised.Reader.ReadAsync(cancellationToken).AsTask();
        try
        {
            await _next.WaitAsync(timeout, timeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            return -1;
        }

        if (
            _deliveredAt is { } delivered
            && BatchingWindow - timeProvider.GetElapsedTime(delivered) is var rest
            && rest > TimeSpan.Zero
        )
        {
            await Task.Delay(rest, timeProvider, cancellationToken);
        }

        _deliveredAt = timeProvider.GetTimestamp();
        // Shards raised during the delay are returned now, so drop their signal.
        _raised.Reader.TryRead(out _);
        _next = null;
        return Interlocked.Exchange(ref _shards, 0);
    }
}
