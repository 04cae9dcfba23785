using System.Diagnostics;
using P2PChat.Bench.Processes;
using P2PChat.Bench.Tls;
using P2PChat.Node.Model;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>
/// Measures the time from <c>connect</c> to accepted: both directory lookups, TCP, TLS, request and accept.
/// </summary>
internal sealed class ConnectRow : PathRow
{
    private readonly BareTls _tls = new();
    private DirectoryProcess _directory = null!;
    private BenchPeer _caller = null!;
    private BenchPeer _callee = null!;
    private int _count;

    public override string Id => "connect";

    public override string Measures => "from 'connect' to accepted, with the lookups of both sides, one at a time";

    public override string Floor => "bare mutual TLS 1.3 with P-256 keys (SslStream), including the TCP connect";

    public override IReadOnlyList<Figure> Figures { get; } =
    [new("p50", "ms", Aim.RatioAtMost(1.4)), new("p99", "ms", Aim.RatioAtMost(1.4))];

    public override async Task OpenAsync(Effort effort)
    {
        _count = effort.Of(300, 30);
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _caller = await BenchPeer.StartAsync(_directory.Address, "caller");
        _callee = await BenchPeer.StartAsync(_directory.Address, "callee");
        for (var i = 0; i < effort.Of(6, 0); i++)
        {
            _ = await MeasureAsync();
            _ = await FloorAsync();
        }
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var times = new double[_count];
        var cpu = CpuMicroseconds();
        for (var i = 0; i < _count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await _caller.ConnectAsync(_callee);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await _caller.DisconnectAsync(_callee);
            _ = await _callee.ExpectAsync<PeerEvent.Disconnected>();
        }

        var sample = (CpuMicroseconds() - cpu) / _count;
        return [new(Numbers.Percentile(times, 50), sample), new(Numbers.Percentile(times, 99))];
    }

    public override async Task<Sample?[]> FloorAsync()
    {
        var times = new double[_count];
        var cpu = CpuMicroseconds();
        for (var i = 0; i < _count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var (client, server) = await _tls.PairAsync();
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await client.DisposeAsync();
            await server.DisposeAsync();
        }

        var sample = (CpuMicroseconds() - cpu) / _count;
        return [new Sample(Numbers.Percentile(times, 50), sample), new Sample(Numbers.Percentile(times, 99))];
    }

    public override async ValueTask DisposeAsync()
    {
        _tls.Dispose();
        foreach (var peer in (BenchPeer?[])[_caller, _callee])
        {
            if (peer is not null)
            {
                await peer.DisposeAsync();
            }
        }

        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    private double CpuMicroseconds() => ProcessUsage.OwnCpuMicroseconds() + _directory.CpuMicroseconds();
}
