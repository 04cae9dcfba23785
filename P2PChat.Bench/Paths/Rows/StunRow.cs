using System.Net;
using System.Net.Http.Json;
using P2PChat.Bench.Load;
using P2PChat.Bench.Processes;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the directory's STUN server, compared with coturn's.</summary>
internal sealed class StunRow : PathRow
{
    private DirectoryProcess _directory = null!;
    private CoturnProcess _coturn = null!;
    private StunLoad _load = null!;
    private StunLoad _floorLoad = null!;
    private int _count;

    public override string Id => "stun";

    public override string Measures =>
        "answers of the directory's STUN server per second over UDP, 32 requests always in flight";

    public override string Floor => "coturn's server under the same load";

    public override IReadOnlyList<Figure> Figures { get; } = [new("answers", "1/s", Aim.RatioAtLeast(1))];

    public override async Task OpenAsync(Effort effort)
    {
        _count = effort.Of(200_000, 5_000);
        _coturn = await CoturnProcess.StartAsync();
        _directory = await DirectoryProcess.StartAsync(
            withRedis: false,
            "Directory:Stun:Enabled=true",
            "Directory:Stun:Ports:0=0",
            "Directory:RateLimits:Stun:Burst=1000000000",
            "Directory:RateLimits:Stun:PerSecond=1000000"
        );
        using var http = new HttpClient { BaseAddress = new Uri(_directory.Address) };
        var info = await http.GetFromJsonAsync(
            new Uri("/directory", UriKind.Relative),
            DirectoryJson.Default.DirectoryInfo
        );
        _load = new StunLoad(new IPEndPoint(IPAddress.Loopback, info!.Reach!.StunPorts.Single()));
        _floorLoad = new StunLoad(_coturn.Endpoint);
        _floorLoad.WaitForServer();
        for (var i = 0; i < effort.Of(3, 1); i++)
        {
            _ = await MeasureAsync();
            _ = await FloorAsync();
        }
    }

    public override Task<Sample[]> MeasureAsync()
    {
        var cpu = _directory.CpuMicroseconds();
        var rate = _load.Run(_count);
        return Task.FromResult(new[] { new Sample(rate, (_directory.CpuMicroseconds() - cpu) / _count) });
    }

    public override Task<Sample?[]> FloorAsync()
    {
        var cpu = ProcessUsage.CpuMicroseconds(_coturn.Id);
        var rate = _floorLoad.Run(_count);
        var used = ProcessUsage.CpuMicroseconds(_coturn.Id) - cpu;
        return Task.FromResult(new Sample?[] { new Sample(rate, used / _count) });
    }

    public override async ValueTask DisposeAsync()
    {
        _load?.Dispose();
        _floorLoad?.Dispose();
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }

        if (_coturn is not null)
        {
            await _coturn.DisposeAsync();
        }
    }
}
