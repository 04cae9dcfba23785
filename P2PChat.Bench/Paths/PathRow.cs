namespace P2PChat.Bench.Paths;

/// <summary>One quantity that a row measures.</summary>
/// <param name="Name">For example <c>p99</c>.</param>
/// <param name="Unit">The unit of the value, for example <c>1/s</c>.</param>
/// <param name="Aim">The bound that the figure should meet.</param>
internal sealed record Figure(string Name, string Unit, Aim Aim);

/// <summary>A bound on a figure's value or on its ratio to the floor.</summary>
/// <param name="OfRatio">Whether the bound applies to the ratio instead of the value.</param>
/// <param name="AtLeast">Whether the bound is a minimum; otherwise it is a maximum.</param>
/// <param name="Bound">In the figure's unit, or as a ratio.</param>
internal sealed record Aim(bool OfRatio, bool AtLeast, double Bound)
{
    public static Aim RatioAtLeast(double bound) => new(OfRatio: true, AtLeast: true, bound);

    public static Aim RatioAtMost(double bound) => new(OfRatio: true, AtLeast: false, bound);

    public static Aim AtMost(double bound) => new(OfRatio: false, AtLeast: false, bound);

    public bool IsMet(double value) => AtLeast ? value >= Bound : value <= Bound;

    public override string ToString() => $"{(AtLeast ? "≥" : "≤")} {Numbers.Short(Bound)}{(OfRatio ? "×" : "")}";
}

/// <summary>The value of a figure in one round.</summary>
/// <param name="Value">The value in the figure's unit.</param>
/// <param name="Cpu">
/// Processor time of the side under test per operation, in microseconds; null if not measured.
/// </param>
internal readonly record struct Sample(double Value, double? Cpu = null);

/// <summary>
/// A whole path and its floor: the least work that any implementation would need. The row is opened once, then path and
/// floor are measured alternately, so that both have the same machine conditions.
/// </summary>
internal abstract class PathRow : IAsyncDisposable
{
    public abstract string Id { get; }

    /// <summary>What is measured, in one line.</summary>
    public abstract string Measures { get; }

    /// <summary>The floor, in one line; null for a row without one.</summary>
    public abstract string? Floor { get; }

    public abstract IReadOnlyList<Figure> Figures { get; }

    /// <summary>The number of rounds to run; a slow row may run fewer than requested.</summary>
    public virtual int Rounds(int requested) => requested;

    /// <summary>Starts and warms up everything that path and floor need.</summary>
    public abstract Task OpenAsync(Effort effort);

    /// <returns>One sample per figure.</returns>
    public abstract Task<Sample[]> MeasureAsync();

    /// <returns>One sample of the floor per figure; null for a figure without a floor.</returns>
    public virtual Task<Sample?[]> FloorAsync() => Task.FromResult(new Sample?[Figures.Count]);

    public abstract ValueTask DisposeAsync();
}

/// <summary>The amount of work: full, or just enough to show that a row runs.</summary>
internal sealed record Effort(bool Quick)
{
    public T Of<T>(T full, T quick) => Quick ? quick : full;
}
