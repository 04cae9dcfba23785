namespace P2PChat.Bench.Paths;

/// <summary>What all rounds of one figure came to.</summary>
internal sealed record FigureResult(
    string Row,
    Figure Figure,
    IReadOnlyList<Sample> Measured,
    IReadOnlyList<Sample?> Floors
)
{
    public double Value => Numbers.Median(Measured.Select(sample => sample.Value));

    /// <summary>Null where there is no floor.</summary>
    public double? Floor =>
        Floors.Any(floor => floor is null) ? null : Numbers.Median(Floors.Select(floor => floor!.Value.Value));

    /// <summary>The median of the rounds' own ratios, for a round's two halves had the same weather.</summary>
    public double? Ratio => Ratios is { Count: > 0 } ratios ? Numbers.Median(ratios) : null;

    public (double Low, double High)? Spread => Ratios is { Count: > 0 } ratios ? (ratios.Min(), ratios.Max()) : null;

    /// <summary>Processor time of one beside that of the floor's one.</summary>
    public double? CpuRatio =>
        Measured.Zip(Floors, (measured, floor) => measured.Cpu / floor?.Cpu).OfType<double>().ToArray()
            is { Length: > 0 } ratios
            ? Numbers.Median(ratios)
            : null;

    public bool IsMet => Figure.Aim.IsMet(Figure.Aim.OfRatio ? Ratio ?? double.NaN : Value);

    /// <summary>Whether there is a number wherever there should be one.</summary>
    public bool IsFinite =>
        double.IsFinite(Value) && (!Figure.Aim.OfRatio || (Ratio is { } ratio && double.IsFinite(ratio)));

    private List<double> Ratios =>
        [.. Measured.Zip(Floors, (measured, floor) => measured.Value / floor?.Value).OfType<double>()];
}
