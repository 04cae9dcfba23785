using System.Globalization;
using System.Net;
using System.Net.Security;
using P2PChat.Bench.Load;
using P2PChat.Bench.Processes;
using P2PChat.Bench.Tls;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the memory per idle link in a peer with many idle links.</summary>
internal sealed class IdleLinksRow : PathRow
{
    private DirectoryProcess _directory = null!;
    private int _some;
    private int _many;

    public override string Id => "idle-links";

    public override string Measures =>
        "memory per idle link in a peer's process, native heaps included (growth of its anonymous pages)";

    public override string Floor =>
        "the accepting end of a bare mutual SslStream pair that waits to read, in a separate process";

    public override IReadOnlyList<Figure> Figures { get; } =
    [new("at 1,000 links", "KiB", Aim.RatioAtMost(1.3)), new("at 5,000 links", "KiB", Aim.RatioAtMost(1.3))];

    public override int Rounds(int requested) => Math.Min(requested, 2);

    public override async Task OpenAsync(Effort effort)
    {
        (_some, _many) = effort.Of((1_000, 5_000), (50, 100));
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        await using var child = await ChildProcess.StartAsync(ChildProgram.Listener, _directory.Address);
        using var callers = new LinkHolder(_directory.Endpoint, IPEndPoint.Parse($"127.0.0.1:{child.Ready}"));
        var samples = await MeasureGrowthAsync(child, callers.OpenAsync);
        return [.. samples];
    }

    public override async Task<Sample?[]> FloorAsync()
    {
        await using var child = await ChildProcess.StartAsync(ChildProgram.BareListener);
        var server = IPEndPoint.Parse($"127.0.0.1:{child.Ready}");
        using var tls = new BareTls();
        var streams = new List<SslStream>();
        try
        {
            return [.. (await MeasureGrowthAsync(child, async count =>
                    {
                        while (streams.Count < count)
                        {
                            streams.Add(await tls.ConnectAsync(server));
                        }
                    })).Select(sample => (Sample?)sample)];
        }
        finally
        {
            foreach (var stream in streams)
            {
                await stream.DisposeAsync();
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    private async Task<List<Sample>> MeasureGrowthAsync(ChildProcess child, Func<int, Task> open)
    {
        // The first links include one-time allocations.
        const int First = 20;
        await open(First);
        var before = await MemoryAsync(child, First);
        var samples = new List<Sample>();
        foreach (var count in (int[])[_some, _many])
        {
            await open(count);
            samples.Add(new Sample((await MemoryAsync(child, count) - before) / (count - First) / 1024));
        }

        return samples;
    }

    private static async Task<double> MemoryAsync(ChildProcess child, int links) =>
        double.Parse(await child.AskAsync(links.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
}
