namespace P2PChat.Tests.Infrastructure;

/// <summary>The system clock, which also reports when each of its timers fires next.</summary>
internal sealed class TimerRecorder : TimeProvider
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<Recorded, TimeSpan> _waits = [];

    /// <summary>The due time or period of each running timer.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_gate)
            {
                return [.. _waits.Values];
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Recorded(this);
        timer.Inner = base.CreateTimer(Fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _ = timer.Change(dueTime, period);
        return timer;

        void Fire(object? _)
        {
            if (timer.Period < TimeSpan.Zero)
            {
                Note(timer, Timeout.InfiniteTimeSpan);
            }

            callback(state);
        }
    }

    private void Note(Recorded timer, TimeSpan wait)
    {
        lock (_gate)
        {
            if (wait < TimeSpan.Zero)
            {
                _ = _waits.Remove(timer);
            }
            else
            {
                _waits[timer] = wait;
            }
        }
    }

    private sealed class Recorded(TimerRecorder clock) : ITimer
    {
        public ITimer Inner { get; set; } = null!;

        public TimeSpan Period { get; private set; } = Timeout.InfiniteTimeSpan;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Period = period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan;
            clock.Note(this, Period > TimeSpan.Zero && Period < dueTime ? Period : dueTime);
            return Inner.Change(dueTime, period);
        }

        public void Dispose()
        {
            Inner.Dispose();
            clock.Note(this, Timeout.InfiniteTimeSpan);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
