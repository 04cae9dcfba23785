namespace P2PChat.Node.Links;

/// <summary>Calls an action after a while, once. It can be started again. Thread-safe.</summary>
/// <param name="wake">Called for each start, unless another follows before.</param>
internal sealed class OneShotTimer(TimeProvider timeProvider, Action wake)
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _isStopped;

    /// <summary>Starts the timer, again if it runs. Zero starts nothing.</summary>
    public void Start(TimeSpan delay)
    {
        // Timers ignore fractions of a millisecond, and would wake too early.
        delay = TimeSpan.FromMilliseconds(Math.Ceiling(delay.TotalMilliseconds));
        lock (_gate)
        {
            if (_isStopped || delay <= TimeSpan.Zero)
            {
                return;
            }

            _timer ??= timeProvider.CreateTimer(_ => wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _ = _timer.Change(delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends the timer. It cannot be started again.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            _timer?.Dispose();
        }
    }
}
