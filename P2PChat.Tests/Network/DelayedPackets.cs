using System.Diagnostics;

namespace P2PChat.Tests.Network;

/// <summary>The packets on a line in one direction. One thread adds, another takes.</summary>
internal sealed class DelayedPackets(LineQuality quality, Random random)
{
    // Far more than is on its way. A line that is full loses packets, as real ones do.
    private const int Capacity = 8192;

    // The queue of a slow line, in time. Home routers have as much and more.
    private static readonly TimeSpan LongestQueue = TimeSpan.FromMilliseconds(250);

    // Monitor.Wait takes a shorter time for none.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Queue<(long Due, byte[] Packet)> _packets = new();
    private long _lastDue;
    private long _freeAt;

    public void Add(ReadOnlySpan<byte> packet)
    {
        var (isLost, jitter) = (random.NextDouble() < quality.Loss, random.NextDouble() * quality.Jitter);
        if (isLost)
        {
            return;
        }

        lock (_packets)
        {
            if (_packets.Count >= Capacity)
            {
                return;
            }

            var now = Stopwatch.GetTimestamp();
            if (quality.BitsPerSecond > 0)
            {
                var free = Math.Max(_freeAt, now);
                if (free - now >= Ticks(LongestQueue))
                {
                    return;
                }

                now = _freeAt = free + Ticks(TimeSpan.FromSeconds(packet.Length * 8 / quality.BitsPerSecond));
            }

            var due = now + Ticks(quality.Delay + jitter);
            _lastDue = Math.Max(due, _lastDue);
            _packets.Enqueue((_lastDue, packet.ToArray()));
            if (_packets.Count == 1)
            {
                Monitor.Pulse(_packets);
            }
        }
    }

    /// <summary>
    /// Waits for the next packet and for its time; null after a short while without one. May be a millisecond late, and
    /// then gives all that are due without waiting.
    /// </summary>
    public byte[]? TakeDue()
    {
        lock (_packets)
        {
            if (_packets.Count == 0 && !Monitor.Wait(_packets, Patience))
            {
                return null;
            }

            // Nothing overtakes the first packet, so that new ones need not be heard of.
            var (due, packet) = _packets.Peek();
            for (var left = due - Stopwatch.GetTimestamp(); left > 0; left = due - Stopwatch.GetTimestamp())
            {
                var wait = TimeSpan.FromSeconds((double)left / Stopwatch.Frequency);
                Monitor.Wait(_packets, wait > ShortestWait ? wait : ShortestWait);
            }

            _packets.Dequeue();
            return packet;
        }
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
