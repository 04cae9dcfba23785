using System.Threading.Channels;

namespace P2PChat.Node.Timing;

/// <summary>
/// Wakes one loop when something has changed, or when the next deadline has come, but at most once per <paramref name="rest"/>.
/// While nothing changes and nothing is due it costs nothing. Thread-safe.
/// </summary>
internal sealed class WakeTimer(TimeProvider clock, TimeSpan rest)
{
    /// <summary>
    /// Longest wait. Every deadline is announced, so this only bounds the delay that a missed signal would cause.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(1);
    private int _isSignalled;
    private long? _wokenAt;

    /// <summary>Something has changed: the loop looks at it within <c>rest</c>.</summary>
    public void Signal()
    {
        // What has changed must be visible before the signal is looked at: the loop clears it, and then looks.
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
            clock.CreateTimer(
                static timer => ((WakeTimer)timer!).Signal(),
                this,
                Bounded(untilDue()),
                Timeout.InfiniteTimeSpan
            )
        )
        {
            // The clock may have moved between the question and the timer.
            if (untilDue() <= TimeSpan.Zero)
            {
                Signal();
            }

            _ = await _signals.Reader.ReadAsync(cancellationToken);
        }

        if (_wokenAt is { } last && rest - clock.GetElapsedTime(last) is { Ticks: > 0 } left)
        {
            await Task.Delay(left, clock, cancellationToken);
        }

        _wokenAt = clock.GetTimestamp();
        // Set before the loop runs, so that later changes wake it again.
        _ = Interlocked.Exchange(ref _isSignalled, 0);
    }

    private static TimeSpan Bounded(TimeSpan wait) =>
        wait < TimeSpan.Zero ? TimeSpan.Zero
        : wait < LongestWait ? wait
        : LongestWait;
}
