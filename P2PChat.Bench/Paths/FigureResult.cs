namespace P2PChat.Bench.Paths;

/// <summary>The samples of one figure over all rounds, and their statistics.</summary>
internal sealed record FigureResult(
    string Row,
    Figure Figure,
    IReadOnlyList<Sample> Measured,
    IReadOnlyList<Sample?> Floors
)
{
    public double Value => Numbers.Median(Measured.Select(sample => sample.Value));

    /// <summary>The median of the floor; null for a figure without one.</summary>
    public double? Floor =>
        Floors.Any(floor => floor is null) ? null : Numbers.Median(Floors.Select(floor => floor!.Value.Value));

    /// <summary>The median of the rounds' ratios: both halves of a round had the same machine conditions.</summary>
    public double? Ratio => Ratios is { Count: > 0 } ratios ? Numbers.Median(ratios) : null;

    public (double Low, double High)? Spread => Ratios is { Count: > 0 } ratios ? (ratios.Min(), ratios.Max()) : null;

    /// <summary>The processor time per operation, divided by that of the floor.</summary>
    public double? CpuRatio =>
        Measured.Zip(Floors, (measured, floor) => measured.Cpu / floor?.Cpu).OfType<double>().ToArray()
            is { Length: > 0 } ratios
            ? Numbers.Median(ratios)
            : null;

    public bool IsMet => Figure.Aim.IsMet(Figure.Aim.OfRatio ? Ratio ?? double.NaN : Value);

    /// <summary>Whether the value, and the ratio if the aim needs one, are finite numbers.</summary>
    public bool IsFinite =>
        double.IsFinite(Value) && (!Figure.Aim.OfRatio || (Ratio is { } ratio && double.IsFinite(ratio)));

    private List<double> Ratios =>
        [.. Measured.Zip(Floors, (measured, floor) => measured.Value / floor?.Value).OfType<double>()];
}
