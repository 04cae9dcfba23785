namespace P2PChat.Tests.Node;

/// <summary>
/// A stopped wall clock, as on a machine without one that starts at the same time each boot. Timers run.
/// </summary>
internal sealed class StoppedClock : TimeProvider
{
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    public override DateTimeOffset GetUtcNow() => _now;
}
