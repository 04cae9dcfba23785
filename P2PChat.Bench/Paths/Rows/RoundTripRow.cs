using System.Diagnostics;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the time from sent to acknowledged, one message at a time.</summary>
internal sealed class RoundTripRow : ChatRow
{
    private int _count;

    public override string Id => "round-trip";

    public override string Measures =>
        "a message of 256 B from sent to acknowledged, one at a time, both peers in one process: "
        + "with stores on disk, and ephemeral";

    public override string Floor => "a bare SslStream echo, one message per write";

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("kept p50", "µs", Aim.RatioAtMost(1.3)),
        new("kept p99", "µs", Aim.RatioAtMost(1.3)),
        new("ephemeral p50", "µs", Aim.RatioAtMost(1.3)),
        new("ephemeral p99", "µs", Aim.RatioAtMost(1.3)),
    ];

    protected override bool IncludesEphemeral => true;

    public override async Task OpenAsync(Effort effort)
    {
        await base.OpenAsync(effort);
        // Each message waits for two disk writes, one after the other.
        _count = effort.Of(1_000, 100);
        _ = await MeasureAsync();
        _ = await FloorAsync();
    }

    public override async Task<Sample[]> MeasureAsync() =>
        [
            .. await MeasureAndFlushAsync(() => TimeAsync(Durable.ExchangeAsync)),
            .. await MeasureAndFlushAsync(() => TimeAsync(Ephemeral.ExchangeAsync)),
        ];

    public override async Task<Sample?[]> FloorAsync()
    {
        var times = (await TimeAsync(() => Echo.ExchangeAsync(Bytes))).Select(sample => (Sample?)sample).ToList();
        return [.. times, .. times];
    }

    private async Task<Sample[]> TimeAsync(Func<ValueTask> exchange)
    {
        var times = new double[_count];
        var cpu = ProcessUsage.OwnCpuMicroseconds();
        for (var i = 0; i < _count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await exchange();
            times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        var each = (ProcessUsage.OwnCpuMicroseconds() - cpu) / _count;
        return [new(Numbers.Percentile(times, 50), each), new(Numbers.Percentile(times, 99))];
    }
}
