namespace P2PChat.Node.Sessions;

/// <summary>
/// Limits the typing and presence signals of one peer, so that they cannot flood the event log. Guarded by the
/// session's lock.
/// </summary>
internal sealed class SignalThrottle(TimeProvider timeProvider)
{
    private const int MaxSignals = 20;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private long? _periodStart;
    private int _signals;

    /// <returns>False if the peer has sent too many signals in this period.</returns>
    public bool TryPass()
    {
        var now = timeProvider.GetTimestamp();
        if (_periodStart is { } start && timeProvider.GetElapsedTime(start, now) < Period)
        {
            return ++_signals <= MaxSignals;
        }

        (_periodStart, _signals) = (now, 1);
        return true;
    }
}
