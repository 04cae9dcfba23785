namespace P2PChat.Node.Timing;

/// <summary>Multiplies a delay by a random factor, so that many peers do not act at the same moment.</summary>
/// <param name="From">Smallest factor.</param>
/// <param name="To">Largest factor.</param>
internal readonly record struct Jitter(double From, double To)
{
    /// <summary>Leaves the delay as it is.</summary>
    public static readonly Jitter None = new(1, 1);

    /// <summary>Between half of the delay and all of it.</summary>
    public static readonly Jitter HalfToWhole = new(0.5, 1);

    /// <summary>Up to a quarter shorter or longer than the delay.</summary>
    public static readonly Jitter QuarterEachWay = new(0.75, 1.25);

    public TimeSpan Apply(TimeSpan delay) => delay * (From + Random.Shared.NextDouble() * (To - From));
}
