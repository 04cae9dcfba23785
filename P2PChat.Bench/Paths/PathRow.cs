namespace P2PChat.Bench.Paths;

/// <summary>One thing that a row tells.</summary>
/// <param name="Name">What it is, for instance <c>p99</c>.</param>
/// <param name="Unit">Of the value, for instance <c>1/s</c>.</param>
/// <param name="Aim">What it should be.</param>
internal sealed record Figure(string Name, string Unit, Aim Aim);

/// <summary>What a figure should be, as its ratio to the floor or by itself.</summary>
/// <param name="OfRatio">Whether the bound is one of the ratio.</param>
/// <param name="AtLeast">Whether more is better.</param>
internal sealed record Aim(bool OfRatio, bool AtLeast, double Bound)
{
    public static Aim RatioAtLeast(double bound) => new(OfRatio: true, AtLeast: true, bound);

    public static Aim RatioAtMost(double bound) => new(OfRatio: true, AtLeast: false, bound);

    public static Aim AtMost(double bound) => new(OfRatio: false, AtLeast: false, bound);

    public bool IsMet(double value) => AtLeast ? value >= Bound : value <= Bound;

    public override string ToString() => $"{(AtLeast ? "≥" : "≤")} {Numbers.Short(Bound)}{(OfRatio ? "×" : "")}";
}

/// <summary>A figure's value in one round.</summary>
/// <param name="Value">In the figure's unit.</param>
/// <param name="Cpu">
/// Processor time in microseconds that the side under test took for one of it; null where it was not taken.
/// </param>
internal readonly record struct Sample(double Value, double? Cpu = null);

/// <summary>
/// A whole path and what it cannot be faster than. It is opened once; then the two are measured in turn, so that both
/// see the same weather.
/// </summary>
internal abstract class PathRow : IAsyncDisposable
{
    public abstract string Id { get; }

    /// <summary>What is measured, in a line.</summary>
    public abstract string Measures { get; }

    /// <summary>What it is measured against, in a line; null if against nothing.</summary>
    public abstract string? Floor { get; }

    public abstract IReadOnlyList<Figure> Figures { get; }

    /// <summary>How often in turn, for a row that takes long.</summary>
    public virtual int Rounds(int asked) => asked;

    /// <summary>Starts what both need, and warms it up.</summary>
    public abstract Task OpenAsync(Effort effort);

    /// <returns>A sample for each figure.</returns>
    public abstract Task<Sample[]> MeasureAsync();

    /// <returns>The same of the floor; null for a figure without one.</returns>
    public virtual Task<Sample?[]> FloorAsync() => Task.FromResult(new Sample?[Figures.Count]);

    public abstract ValueTask DisposeAsync();
}

/// <summary>How much of everything.</summary>
internal sealed record Effort(bool Quick)
{
    public T Of<T>(T full, T quick) => Quick ? quick : full;
}
