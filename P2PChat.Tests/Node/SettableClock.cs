namespace P2PChat.Tests.Node;

/// <summary>The system's clock with a wall time that can be set, as by a user or a time server.</summary>
internal sealed class SettableClock : TimeProvider
{
    private long _ahead;
    private long _passed;

    /// <summary>
    /// Raised after <see cref="LetPass"/>, because timers do not notice. Not raised when the clock is only set, which a
    /// peer must handle by itself.
    /// </summary>
    public event Action? Passed;

    /// <summary>Advances timestamps and the wall time, but not timers.</summary>
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
