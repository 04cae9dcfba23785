using Microsoft.Extensions.Time.Testing;

namespace P2PChat.Tests.Infrastructure;

/// <summary>A fake clock that lists its pending timers, so that a test can wait for one and then advance.</summary>
public sealed class ManualClock() : FakeTimeProvider(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<PendingTimer, DateTimeOffset> _due = [];

    /// <summary>The time until each pending timer fires.</summary>
    public IReadOnlyList<TimeSpan> Waiting
    {
        get
        {
            lock (_gate)
            {
                return [.. _due.Values.Select(due => due - GetUtcNow())];
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new PendingTimer(this);
        timer.Inner = base.CreateTimer(Fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(dueTime, period);
        return timer;

        void Fire(object? _)
        {
            timer.Expect(timer.Period > TimeSpan.Zero ? timer.Period : Timeout.InfiniteTimeSpan);
            callback(state);
        }
    }

    private sealed class PendingTimer(ManualClock clock) : ITimer
    {
        public ITimer Inner { get; set; } = null!;

        public TimeSpan Period { get; private set; }

        public void Expect(TimeSpan dueTime)
        {
            lock (clock._gate)
            {
                if (dueTime < TimeSpan.Zero)
                {
                    _ = clock._due.Remove(this);
                }
                else
                {
                    clock._due[this] = clock.GetUtcNow() + dueTime;
                }
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Period = period;
            // A timer that is due fires within Change, and its callback must not hold the lock.
            if (dueTime == TimeSpan.Zero)
            {
                return Inner.Change(dueTime, period);
            }
            // A test that sees the timer may advance the clock at once.
            lock (clock._gate)
            {
                Expect(dueTime);
                return Inner.Change(dueTime, period);
            }
        }

        public void Dispose()
        {
            Inner.Dispose();
            Expect(Timeout.InfiniteTimeSpan);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
