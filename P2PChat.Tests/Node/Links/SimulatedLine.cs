using P2PChat.Node.Links;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Links;

/// <summary>A line that carries parts of files at a rate. Parts that come faster queue in front of it.</summary>
internal sealed class SimulatedLine(BulkLane bulk, ManualClock clock, double bitsPerSecond, TimeSpan roundTrip)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    private readonly Random _random = new(1);
    private DateTimeOffset _freeAt = clock.GetUtcNow();
    private DateTimeOffset? _pongAt;
    private int _late;

    /// <summary>The round trip without a queue.</summary>
    public TimeSpan RoundTrip { get; set; } = roundTrip;

    /// <summary>Added to each round trip at random, at most this much.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The milliseconds by which the writer comes late at most, at random.</summary>
    public int Lateness { get; init; }

    /// <summary>The milliseconds between two ticks of the writer's timer. A Pong wakes it too.</summary>
    public int Tick { get; init; } = 1;

    private TimeSpan Queue => _freeAt > clock.GetUtcNow() ? _freeAt - clock.GetUtcNow() : TimeSpan.Zero;

    /// <returns>What was carried, and the queue that nine of ten messages find at most.</returns>
    public (double BitsPerSecond, TimeSpan SlowQueue) Run(TimeSpan duration)
    {
        var (bits, before) = (0L, Queue);
        var queues = new List<TimeSpan>();
        for (var end = clock.GetUtcNow() + duration; clock.GetUtcNow() < end; clock.Advance(Step))
        {
            var isAwake = clock.GetUtcNow().Ticks / Step.Ticks % Tick == 0 && --_late < 0;
            if (_pongAt <= clock.GetUtcNow())
            {
                (_pongAt, isAwake) = (null, true);
                bulk.OnPong();
            }

            if (isAwake)
            {
                bits += Write();
                _late = _random.Next(Lateness + 1);
            }

            queues.Add(Queue);
        }

        queues.Sort();
        var carried = bits + (before - Queue).TotalSeconds * bitsPerSecond;
        return (carried / duration.TotalSeconds, queues[queues.Count * 9 / 10]);
    }

    private long Write()
    {
        for (var bits = 0L; ; )
        {
            var turn = bulk.Take(mayPing: _pongAt is null);
            if (turn.Part is { } part)
            {
                var size = part.CalculateSize() * 8;
                _freeAt = clock.GetUtcNow() + Queue + TimeSpan.FromSeconds(size / bitsPerSecond);
                bits += size;
            }

            if (turn.MustPing)
            {
                _pongAt = clock.GetUtcNow() + Queue + RoundTrip + _random.NextDouble() * Jitter;
            }

            if (turn.Part is null)
            {
                return bits;
            }
        }
    }
}
