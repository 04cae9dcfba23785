using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>Events in memory. Not thread-safe.</summary>
/// <param name="capacity">Number of events to keep.</param>
internal sealed class MemoryEventRows(TimeProvider timeProvider, int capacity) : IEventRows
{
    private readonly Queue<PeerEvent> _events = new();

    public long Head { get; private set; } = timeProvider.GetUtcNow().ToUnixTimeMilliseconds() * 1_000;

    public long Oldest => Head - _events.Count + 1;

    public void Add(PeerEvent peerEvent)
    {
        _events.Enqueue(peerEvent);
        Head = peerEvent.Number;
        if (_events.Count > capacity)
        {
            _events.Dequeue();
        }
    }

    public IReadOnlyList<PeerEvent> ReadAfter(long after, int limit) =>
        [.. _events.Skip((int)(after - Oldest + 1)).Take(limit)];
}
