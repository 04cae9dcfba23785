using System.Threading.Channels;

namespace P2PChat.Node.Timing;

/// <summary>
/// Wakes one loop when something has changed or a deadline has passed, but at most once per interval. Idle otherwise.
/// Thread-safe.
/// </summary>
/// <param name="minInterval">Shortest time between two wake-ups.</param>
internal sealed class WakeTimer(TimeProvider timeProvider, TimeSpan minInterval)
{
    /// <summary>
    /// Longest wait. Changes of deadlines are signalled, so this only bounds the delay that a missed signal would
    /// cause.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(1);
    private int _isSignalled;
    private long? _wokenAt;

    /// <summary>Wakes the loop, because something has changed.</summary>
    public void Signal()
    {
        // The change must be visible before the flag is read, because the loop clears the flag before it looks.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isSignalled) == 0 && Interlocked.Exchange(ref _isSignalled, 1) == 0)
        {
            _ = _signals.Writer.TryWrite(true);
        }
    }

    /// <summary>Waits for a signal or a deadline. One loop at a time.</summary>
    /// <param name="untilDue">
    /// The time until the next deadline; <see cref="TimeSpan.MaxValue"/> if there is none.
    /// </param>
    public async Task WaitAsync(Func<TimeSpan> untilDue, CancellationToken cancellationToken)
    {
        await using (
            timeProvider.CreateTimer(
                static timer => ((WakeTimer)timer!).Signal(),
                this,
                Bounded(untilDue()),
                Timeout.InfiniteTimeSpan
            )
        )
        {
            // The deadline may have passed before the timer was created.
            if (untilDue() <= TimeSpan.Zero)
            {
                Signal();
            }

            _ = await _signals.Reader.ReadAsync(cancellationToken);
        }

        if (_wokenAt is { } last && minInterval - timeProvider.GetElapsedTime(last) is { Ticks: > 0 } left)
        {
            await Task.Delay(left, timeProvider, cancellationToken);
        }

        _wokenAt = timeProvider.GetTimestamp();
        // Cleared before the loop runs, so that later changes wake it again.
        _ = Interlocked.Exchange(ref _isSignalled, 0);
    }

    private static TimeSpan Bounded(TimeSpan wait) =>
        wait < TimeSpan.Zero ? TimeSpan.Zero
        : wait < LongestWait ? wait
        : LongestWait;
}
