using System.Threading.Channels;

namespace P2PChat.Discovery.Peers.Events;

/// <summary>
/// Collects which shards have news, until the one reader comes for them. News after a silence arrive at once; what comes
/// close behind gathers, so that a store that takes in thousands of writes a second is not read as often.
/// </summary>
internal sealed class ShardSignal
{
    /// <summary>News that come within this time of the last ones are told together at its end.</summary>
    public static readonly TimeSpan Gathers = TimeSpan.FromMilliseconds(50);

    private readonly Channel<bool> _raised = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    private int _shards;
    private Task<bool>? _next;
    private long? _toldAt;

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

        if (_toldAt is { } told && Gathers - time.GetElapsedTime(told) is var rest && rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, time, cancellation);
        }

        _toldAt = time.GetTimestamp();
        // What was raised while they gathered is told now, and not once more.
        _raised.Reader.TryRead(out _);
        _next = null;
        return Interlocked.Exchange(ref _shards, 0);
    }
}
