using System.Threading.Channels;

namespace P2PChat.Node.Timing;

/// <summary>
/// Wakes one loop when something has changed or the next deadline has passed, but at most once per
/// <paramref name="rest"/>. Costs nothing while neither happens. Thread-safe.
/// </summary>
internal sealed class WakeTimer(TimeProvider timeProvider, TimeSpan rest)
{
    /// <summary>
    /// Longest wait. Every deadline is announced, so this only bounds the delay that a missed signal would cause.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(1);
    private int _isSignalled;
    private long? _wokenAt;

    /// <summary>Announces a change: the loop runs within <c>rest</c>.</summary>
    public void Signal()
    {
        // The change must be visible before the flag is read: the loop clears the flag, then looks for changes.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isSignalled) == 0 && Interlocked.Exchange(ref _isSignalled, 1) == 0)
        {
            _ = _signals.Writer.TryWrite(true);
        }
    }

    /// <summary>Waits for a signal or a deadline. One loop at a time.</summary>
    /// <param name="untilDue">The time until the next deadline; <see cref="TimeSpan.MaxValue"/> if there is none.</param>
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
            // The deadline may have passed while the timer was being created.
            if (untilDue() <= TimeSpan.Zero)
            {
                Signal();
            }

            _ = await _signals.Reader.ReadAsync(cancellationToken);
        }

        if (_wokenAt is { } last && rest - timeProvider.GetElapsedTime(last) is { Ticks: > 0 } left)
        {
            await Task.Delay(left, timeProvider, cancellationToken);
        }

        _wokenAt = timeProvider.GetTimestamp();
        // Set before the loop runs, so that later changes wake it again.
        _ = Interlocked.Exchange(ref _isSignalled, 0);
    }

    private static TimeSpan Bounded(TimeSpan wait) =>
        wait < TimeSpan.Zero ? TimeSpan.Zero
        : wait < LongestWait ? wait
        : LongestWait;
}
