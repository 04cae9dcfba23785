using System.Diagnostics;
using System.Globalization;
using System.Net;
using P2PChat.Bench.Processes;
using P2PChat.Bench.Splices;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the relay: throughput, time on the way, and memory of sessions that have become idle.</summary>
internal sealed class RelayRow : PathRow
{
    private RelayServer _relay = null!;
    private BareSplice _splice = null!;
    private SplicedPair _relayed = null!;
    private SplicedPair _spliced = null!;
    private int _records;
    private int _messages;
    private int _sessions;

    public override string Id => "relay";

    public override string Measures =>
        "the directory's relay, in one process with its two clients: records of 16 KiB one way, messages of 256 B to "
        + "the other client and back; in a separate process, memory per session that has carried 256 KiB each way";

    public override string Floor => "a bare TCP splice: Stream.CopyToAsync in both directions, with the same clients";

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("throughput", "MB/s", Aim.RatioAtLeast(0.8)),
        new("round trip p50", "µs", Aim.RatioAtMost(1.3)),
        new("round trip p99", "µs", Aim.RatioAtMost(1.3)),
        new("memory per session", "KiB", Aim.RatioAtMost(1.3)),
    ];

    public override async Task OpenAsync(Effort effort)
    {
        (_records, _messages, _sessions) = effort.Of((40_000, 10_000, 500), (2_000, 500, 20));
        _relay = await RelayServer.StartAsync();
        _splice = new BareSplice();
        _relayed = await SplicedPair.OpenAsync(_relay);
        _spliced = await SplicedPair.OpenAsync(_splice);
        for (var i = 0; i < 2; i++)
        {
            _ = await TimeAsync(_relayed);
            _ = await TimeAsync(_spliced);
        }
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var times = await TimeAsync(_relayed);
        await using var child = await ChildProcess.StartAsync(ChildProgram.Relay);
        var relay = IPEndPoint.Parse(child.Ready);
        return
        [
            .. times,
            await MemoryAsync(child, async () =>
                await SplicedPair.OpenRelayedAsync(relay, await child.AskAsync("session"))
            ),
        ];
    }

    public override async Task<Sample?[]> FloorAsync()
    {
        var times = await TimeAsync(_spliced);
        await using var child = await ChildProcess.StartAsync(ChildProgram.Splice);
        var splice = IPEndPoint.Parse(child.Ready);
        return
        [
            .. times.Select(sample => (Sample?)sample),
            await MemoryAsync(child, () => SplicedPair.OpenBareAsync(splice)),
        ];
    }

    public override async ValueTask DisposeAsync()
    {
        _relayed?.Dispose();
        _spliced?.Dispose();
        _splice?.Dispose();
        if (_relay is not null)
        {
            await _relay.DisposeAsync();
        }
    }

    private async Task<Sample[]> TimeAsync(SplicedPair pair)
    {
        var cpu = ProcessUsage.OwnCpuMicroseconds();
        var started = Stopwatch.GetTimestamp();
        await pair.CarryAsync(_records);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var throughput = new Sample(
            (double)_records * SplicedPair.RecordSize / 1_000_000 / seconds,
            (ProcessUsage.OwnCpuMicroseconds() - cpu) / _records
        );

        var times = new double[_messages];
        for (var i = 0; i < times.Length; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            await pair.ExchangeAsync();
            times[i] = Stopwatch.GetElapsedTime(sent).TotalMicroseconds;
        }

        return [throughput, new(Numbers.Percentile(times, 50)), new(Numbers.Percentile(times, 99))];
    }

    private async Task<Sample> MemoryAsync(ChildProcess child, Func<Task<SplicedPair>> open)
    {
        const int First = 10;
        var pairs = new List<SplicedPair>();
        try
        {
            await OpenAsync(First);
            var before = await AskAsync();
            await OpenAsync(_sessions);
            return new Sample((await AskAsync() - before) / (_sessions - First) / 1024);
        }
        finally
        {
            pairs.ForEach(pair => pair.Dispose());
        }

        async Task OpenAsync(int count)
        {
            while (pairs.Count < count)
            {
                var pair = await open();
                pairs.Add(pair);
                await pair.CarryAsync(16);
                await pair.CarryBackAsync(16);
            }
        }

        async Task<double> AskAsync() => double.Parse(await child.AskAsync("memory"), CultureInfo.InvariantCulture);
    }
}
