namespace P2PChat.Tests.Infrastructure;

/// <summary>This machine's clock, wrong by an offset that a test sets while it runs. What is monotonic goes on as it does.</summary>
public sealed class ShiftedClock : TimeProvider
{
    private long _offset;

    /// <summary>By how much it is ahead.</summary>
    public TimeSpan Offset
    {
        get => new(Interlocked.Read(ref _offset));
        set => Interlocked.Exchange(ref _offset, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
