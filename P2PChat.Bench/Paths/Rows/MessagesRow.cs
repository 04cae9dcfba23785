using System.Diagnostics;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Acknowledged messages a second on one link.</summary>
internal sealed class MessagesRow : ChatRow
{
    private const int MessagesAWrite = 32;

    private int _count;

    public override string Id => "messages";

    public override string Measures =>
        "acknowledged messages of 256 B a second on one link, 1,024 in flight, both peers in one process: with stores on the disk, and ephemeral";

    public override string Floor => "a bare SslStream echo of as many bytes, 32 messages a write";

    protected override bool AlsoEphemeral => true;

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
            await SettledAsync(() => TimeAsync(_count, () => Durable.SendAsync(_count))),
            await SettledAsync(() => TimeAsync(_count, () => Ephemeral.SendAsync(_count))),
        ];

    public override async Task<Sample?[]> FloorAsync()
    {
        // The echo is so much faster that as many would be over too soon.
        var writes = 8 * _count / MessagesAWrite;
        var bytes = new byte[MessagesAWrite * TextBytes];
        var echoed = await TimeAsync(writes * MessagesAWrite, async () =>
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
        var (begun, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        await work();
        return new Sample(
            count / Stopwatch.GetElapsedTime(begun).TotalSeconds,
            (ProcessUsage.OwnCpuMicroseconds() - cpu) / count
        );
    }
}
