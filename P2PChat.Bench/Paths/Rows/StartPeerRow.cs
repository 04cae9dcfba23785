using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the time from a peer's exec until it is registered.</summary>
internal sealed class StartPeerRow : PathRow
{
    private readonly TempFolder _data = new();
    private DirectoryProcess _directory = null!;

    public override string Id => "start-peer";

    public override string Measures => "P2PChat.Peer from exec to registered, with an existing data directory";

    public override string Floor => "an empty ASP.NET Core app from exec to its first answer";

    public override IReadOnlyList<Figure> Figures { get; } = [new("start", "ms", Aim.RatioAtMost(2))];

    public override async Task OpenAsync(Effort effort)
    {
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _ = await MeasureAsync();
        _ = await FloorAsync();
    }

    public override async Task<Sample[]> MeasureAsync() =>
        [await PeerStart.MeasureAsync(_directory.Address, _data.FullName)];

    public override async Task<Sample?[]> FloorAsync()
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}");
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            ChildProcess.StartInfo(
                typeof(StartPeerRow).Assembly.Location,
                [ChildProgram.Command, ChildProgram.EmptyApp, "--urls", url, "--Logging:LogLevel:Default=None"]
            )
        )!;
        try
        {
            using var http = new HttpClient();
            while (true)
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException("The empty app exited before it answered.");
                }

                try
                {
                    _ = await http.GetStringAsync(new Uri(url));
                    return [PeerStart.Since(started, process)];
                }
                catch (Exception exception) when (exception is HttpRequestException or SocketException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1));
                }
            }
        }
        finally
        {
            await ChildProcess.StopAsync(process);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }

        _data.Delete();
    }
}
