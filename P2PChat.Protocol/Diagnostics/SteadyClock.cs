namespace P2PChat.Protocol.Diagnostics;

/// <summary>
/// The wall clock at the start of this process, advanced by the monotonic clock. Use it for deadlines and delays
/// within one process, because setting the machine's clock does not move them.
/// </summary>
public sealed class SteadyClock(TimeProvider timeProvider) : TimeProvider
{
    private readonly DateTimeOffset _startedAt = timeProvider.GetUtcNow();
    private readonly long _started = timeProvider.GetTimestamp();

    public override long TimestampFrequency => timeProvider.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => timeProvider.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() =>
        (_startedAt + timeProvider.GetElapsedTime(_started)).ToUniversalTime();

    public override long GetTimestamp() => timeProvider.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        timeProvider.CreateTimer(callback, state, dueTime, period);
}
