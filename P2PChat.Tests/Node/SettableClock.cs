namespace P2PChat.Tests.Node;

/// <summary>The system's clock, whose wall time can be put forward as a person or a time server does it.</summary>
internal sealed class SettableClock : TimeProvider
{
    private long _ahead;
    private long _passed;

    /// <summary>
    /// Raised after time has passed, because timers do not notice. Not raised when the clock is only set: a peer must
    /// not need it then.
    /// </summary>
    public event Action? Passed;

    /// <summary>As if that time had passed: for what measures it, not for timers.</summary>
    public void LetPass(TimeSpan time)
    {
        _ = Interlocked.Add(ref _passed, (long)(time.TotalSeconds * TimestampFrequency));
        PutForward(time);
        Passed?.Invoke();
    }

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _passed);

    public void PutForward(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Volatile.Read(ref _ahead));
}
