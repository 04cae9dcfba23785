namespace P2PChat.Tests.Simulation;

/// <summary>
/// A clock that a simulation advances. Its wall time may be off. Timers are real, and so never end in a simulation.
/// </summary>
internal sealed class SimulatedClock(SimulatedClock? source = null) : TimeProvider
{
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far its wall time is off.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private DateTimeOffset Steady => source?.Steady ?? _now;

    public void Advance(TimeSpan time) => _now += time;

    public override DateTimeOffset GetUtcNow() => Steady + Offset;

    public override long GetTimestamp() => Steady.UtcTicks;
}
