namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the bytes allocated per message.</summary>
internal sealed class AllocationsRow : ChatRow
{
    private int _count;

    public override string Id => "allocations";

    public override string Measures => "bytes allocated for one acknowledged message of 256 B, by both peers together";

    public override string? Floor => null;

    public override IReadOnlyList<Figure> Figures { get; } = [new("per message", "B", Aim.AtMost(1024))];

    public override async Task OpenAsync(Effort effort)
    {
        await base.OpenAsync(effort);
        _count = effort.Of(20_000, 2_000);
        await Durable.SendAsync(_count);
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Durable.SendAsync(_count);
        return [new((GC.GetTotalAllocatedBytes(precise: true) - before) / (double)_count)];
    }
}
