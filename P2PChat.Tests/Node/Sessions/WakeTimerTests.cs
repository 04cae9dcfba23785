using P2PChat.Node.Timing;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Sessions;

public sealed class WakeTimerTests : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    private readonly ManualClock _clock = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly WakeTimer _timer;
    private DateTimeOffset? _due;
    private int _wakes;

    public WakeTimerTests() => _timer = new WakeTimer(_clock, Rest);

    [Fact]
    public async Task Timer_without_a_deadline_wakes_after_the_longest_wait()
    {
        _ = RunAsync();

        await WaitsAsync(WakeTimer.LongestWait);
        Assert.Equal(0, _wakes);
        _clock.Advance(WakeTimer.LongestWait);
        await WakesAsync(1);
        await WaitsAsync(WakeTimer.LongestWait);
    }

    [Fact]
    public async Task Signal_wakes_the_timer_at_once_and_the_next_after_a_rest()
    {
        _ = RunAsync();
        await WaitsAsync(WakeTimer.LongestWait);

        _timer.Signal();
        await WakesAsync(1);
        await WaitsAsync(WakeTimer.LongestWait);
        _timer.Signal();
        _timer.Signal();
        await WaitsAsync(Rest);
        Assert.Equal(1, _wakes);
        _clock.Advance(Rest);
        await WakesAsync(2);
        await WaitsAsync(WakeTimer.LongestWait);
        Assert.Equal(2, _wakes);
    }

    [Fact]
    public async Task Deadline_wakes_the_timer_on_time()
    {
        _due = _clock.GetUtcNow() + TimeSpan.FromSeconds(3);
        _ = RunAsync();

        await WaitsAsync(TimeSpan.FromSeconds(3));
        _clock.Advance(TimeSpan.FromSeconds(3));

        await WakesAsync(1);
    }

    [Fact]
    public async Task Passed_deadline_wakes_the_timer_at_most_once_per_rest()
    {
        _due = _clock.GetUtcNow();
        _ = RunAsync();

        await WakesAsync(1);
        await WaitsAsync(Rest);
        Assert.Equal(1, _wakes);
        _clock.Advance(Rest);
        await WakesAsync(2);
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await _timer.WaitAsync(() => _due - _clock.GetUtcNow() ?? TimeSpan.MaxValue, _ending.Token);
            _ = Interlocked.Increment(ref _wakes);
        }
    }

    private Task WaitsAsync(TimeSpan time) =>
        Eventually.True(
            () => _clock.Waiting.Count == 1 && _clock.Waiting[0] == time,
            PeerUnderTest.Soon,
            $"it waits for {time}"
        );

    private Task WakesAsync(int times) =>
        Eventually.True(() => Volatile.Read(ref _wakes) == times, PeerUnderTest.Soon, $"it has woken {times} times");
}
