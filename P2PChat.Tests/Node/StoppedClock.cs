namespace P2PChat.Tests.Node;

/// <summary>A clock whose hands stand still, as on a machine that has none and takes the same time at each start. Timers run.</summary>
internal sealed class StoppedClock : TimeProvider
{
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    public override DateTimeOffset GetUtcNow() => _now;
}
