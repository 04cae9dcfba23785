using System.Diagnostics;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the throughput of acknowledged messages on one link.</summary>
internal sealed class MessagesRow : ChatRow
{
    private const int MessagesPerWrite = 32;

    private int _count;

    public override string Id => "messages";

    public override string Measures =>
        "acknowledged messages of 256 B per second on one link, 1,024 in flight, both peers in one process: "
        + "with stores on disk, and ephemeral";

    public override string Floor => "a bare SslStream echo of the same messages, 32 per write";

    protected override bool IncludesEphemeral => true;

    public override IReadOnlyList<Figure> Figures { get; } =
    [new("kept", "1/s", Aim.RatioAtLeast(0.3)), new("ephemeral", "1/s", Aim.RatioAtLeast(0.3))];

    public override async Task OpenAsync(Effort effort)
    {
        await base.OpenAsync(effort);
        _count = effort.Of(60_000, 3_000);
        for (var i = 0; i < effort.Of(3, 1); i++)
        {
            _ = await MeasureAsync();
            _ = await FloorAsync();
        }
    }

    public override async Task<Sample[]> MeasureAsync() =>
        [
            await MeasureAndFlushAsync(() => TimeAsync(_count, () => Durable.SendAsync(_count))),
            await MeasureAndFlushAsync(() => TimeAsync(_count, () => Ephemeral.SendAsync(_count))),
        ];

    public override async Task<Sample?[]> FloorAsync()
    {
        // The echo is so much faster that it needs more messages to run long enough.
        var writes = 8 * _count / MessagesPerWrite;
        var bytes = new byte[MessagesPerWrite * TextBytes];
        var echoed = await TimeAsync(writes * MessagesPerWrite, async () =>
        {
            var reading = Task.Run(async () => await Echo.ReadAsync((long)writes * bytes.Length));
            for (var i = 0; i < writes; i++)
            {
                await Echo.WriteAsync(bytes);
            }

            await reading;
        });
        return [echoed, echoed];
    }

    private static async Task<Sample> TimeAsync(int count, Func<Task> work)
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        await work();
        return new Sample(
            count / Stopwatch.GetElapsedTime(started).TotalSeconds,
            (ProcessUsage.OwnCpuMicroseconds() - cpu) / count
        );
    }
}
