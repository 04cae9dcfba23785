namespace P2PChat.Protocol.Diagnostics;

/// <summary>
/// The wall clock at the start of this process, advanced by the monotonic clock, for deadlines and pauses within one
/// process. Setting the machine's clock does not move them.
/// </summary>
public sealed class SteadyClock(TimeProvider clock) : TimeProvider
{
    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();
    private readonly long _started = clock.GetTimestamp();

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => (_startedAt + clock.GetElapsedTime(_started)).ToUniversalTime();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
