namespace P2PChat.Tests.Node.Paths;

/// <summary>Runs events in the order of their virtual time.</summary>
internal sealed class VirtualTime(int seed)
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _events = new();
    private long _lastNumber;

    public Random Random { get; } = new(seed);

    public TimeSpan Now { get; private set; }

    public void After(TimeSpan delay, Action action) => _events.Enqueue(action, (Now + delay, ++_lastNumber));

    /// <summary>Runs everything until the time, also what is added meanwhile.</summary>
    public void RunUntil(TimeSpan time)
    {
        while (_events.TryPeek(out var action, out var next) && next.At <= time)
        {
            _ = _events.Dequeue();
            Now = next.At;
            action();
        }

        Now = time;
    }
}
