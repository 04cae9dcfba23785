namespace P2PChat.Discovery.Storage.Memory;

/// <summary>The latest events, numbered without gaps. Not thread-safe; guarded by the store's lock.</summary>
/// <param name="capacity">Number of events to keep.</param>
/// <param name="signal">Raised for each event.</param>
internal sealed class EventLog(TimeProvider timeProvider, int capacity, ShardSignal signal)
{
    private readonly Queue<PeerEvent> _events = new();

    /// <summary>
    /// Number of the newest event. Starts at the time in microseconds, so that numbers increase over restarts.
    /// </summary>
    public long Head { get; private set; } = timeProvider.GetUtcNow().ToUnixTimeMilliseconds() * 1_000;

    public void Add(string kind, Claim claim, string reason = "")
    {
        _events.Enqueue(
            new PeerEvent(Shard: 0, ++Head, kind, claim.Username, claim.PeerId, reason, claim.Sequence, claim.Unlisted)
        );
        if (_events.Count > capacity)
        {
            _events.Dequeue();
        }

        signal.Raise(0);
    }

    public EventBatch Read(long after, int limit)
    {
        var oldest = Head - _events.Count + 1;
        if (after > Head || after < oldest - 1)
        {
            return new EventBatch(Head, Lost: true, []);
        }

        return new EventBatch(Head, Lost: false, [.. _events.Skip((int)(after - oldest + 1)).Take(limit)]);
    }
}
