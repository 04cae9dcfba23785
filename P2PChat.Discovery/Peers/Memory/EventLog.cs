using P2PChat.Discovery.Peers.Events;

namespace P2PChat.Discovery.Peers.Memory;

/// <summary>The last events, numbered without gaps. Not safe for threads: its store has a lock.</summary>
internal sealed class EventLog(TimeProvider time, int kept)
{
    private readonly Queue<PeerEvent> _events = new();

    /// <summary>Number of the newest event. It begins at the time in microseconds, so that a restart counts on from above.</summary>
    public long Head { get; private set; } = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000;

    public void Add(string kind, string username, string peerId, string reason, long sequence, bool unlisted)
    {
        _events.Enqueue(new PeerEvent(0, ++Head, kind, username, peerId, reason, sequence, unlisted));
        if (_events.Count > kept)
        {
            _events.Dequeue();
        }
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
