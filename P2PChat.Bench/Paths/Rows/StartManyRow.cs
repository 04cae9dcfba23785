using System.Diagnostics;
using P2PChat.Bench.Processes;
using P2PChat.Node.Storage;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the start of a peer with many conversations.</summary>
internal sealed class StartManyRow : PathRow
{
    private readonly TempFolder _many = new();
    private readonly TempFolder _none = new();
    private DirectoryProcess _directory = null!;

    public override string Id => "start-many";

    public override string Measures =>
        "P2PChat.Peer with 10,000 conversations, all of whose peers are away, from exec to registered";

    public override string Floor => "the same peer without conversations";

    public override IReadOnlyList<Figure> Figures { get; } = [new("start", "ms", Aim.RatioAtMost(1.5))];

    public override async Task OpenAsync(Effort effort)
    {
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _ = await FloorAsync();
        _ = await MeasureAsync();
        BenchStore.AddConversations(Path.Combine(_many.FullName, StoreFile.FileName), effort.Of(10_000, 500));
    }

    public override async Task<Sample[]> MeasureAsync() =>
        [await PeerStart.MeasureAsync(_directory.Address, _many.FullName)];

    public override async Task<Sample?[]> FloorAsync() =>
        [await PeerStart.MeasureAsync(_directory.Address, _none.FullName)];

    public override async ValueTask DisposeAsync()
    {
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }

        _many.Delete();
        _none.Delete();
    }
}

/// <summary>Starts the peer program, waits until it is registered, and stops it.</summary>
internal static class PeerStart
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <returns>The time from exec to registered, in milliseconds.</returns>
    public static async Task<Sample> MeasureAsync(string directory, string data)
    {
        // One name per data directory, because its key has claimed the name.
        var name = Path.GetFileName(data).ToLowerInvariant()["p2pchat-".Length..];
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            ChildProcess.StartInfo(
                typeof(P2PChat.Peer.Hosting.PeerApp).Assembly.Location,
                [name, "--discovery", directory, "--data", data]
            )
        )!;
        try
        {
            using var timeout = new CancellationTokenSource(Timeout);
            while (await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            {
                if (line.Contains("registered in the directory", StringComparison.Ordinal))
                {
                    return Since(started, process);
                }
            }

            throw new InvalidOperationException("The peer exited before it was registered.");
        }
        finally
        {
            await ChildProcess.StopAsync(process);
        }
    }

    public static Sample Since(long started, Process process) =>
        new(Stopwatch.GetElapsedTime(started).TotalMilliseconds, ProcessUsage.CpuMicroseconds(process.Id));
}
