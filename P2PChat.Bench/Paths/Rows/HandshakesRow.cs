using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using P2PChat.Bench.Processes;
using P2PChat.Bench.Tls;
using P2PChat.Node.Model;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>How many connects come through a second where many call one.</summary>
internal sealed class HandshakesRow : PathRow
{
    private const int Parallel = 16;

    private readonly BareTls _tls = new();
    private readonly List<BenchPeer> _callers = [];
    private DirectoryProcess _directory = null!;
    private BenchPeer _called = null!;
    private readonly SemaphoreSlim[] _gone = [.. Enumerable.Range(0, Parallel).Select(_ => new SemaphoreSlim(0))];
    private Task _watching = Task.CompletedTask;
    private int _count;

    public override string Id => "handshakes";

    public override string Measures =>
        "connects a second, accepted and ended again: 16 peers call one, all in one process";

    public override string Floor => "bare mutual TLS 1.3 with P-256 keys (SslStream), 16 in parallel";

    public override IReadOnlyList<Figure> Figures { get; } = [new("handshakes", "1/s", Aim.RatioAtLeast(0.7))];

    public override async Task OpenAsync(Effort effort)
    {
        _count = effort.Of(50, 5);
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _called = await BenchPeer.StartAsync(_directory.Address, "called");
        for (var i = 0; i < Parallel; i++)
        {
            _callers.Add(await BenchPeer.StartAsync(_directory.Address, $"caller-{i}"));
        }

        _watching = Task.Run(WatchAsync);
        for (var i = 0; i < effort.Of(3, 0); i++)
        {
            _ = await MeasureAsync();
            _ = await FloorAsync();
        }
    }

    public override async Task<Sample[]> MeasureAsync() =>
        [
            await TimeAsync(async i =>
            {
                await _callers[i].ConnectAsync(_called);
                await _callers[i].DisconnectAsync(_called);
                await _gone[i].WaitAsync();
            }),
        ];

    public override async Task<Sample?[]> FloorAsync()
    {
        using var listening = new CancellationTokenSource();
        var accepting = AcceptAsync(listening.Token);
        var sample = await TimeAsync(async _ =>
        {
            await using var client = await _tls.ConnectAsync(_tls.Endpoint);
            // The other end says that it is through.
            _ = await client.ReadAsync(new byte[1]);
        });
        await listening.CancelAsync();
        await accepting;
        return [sample];
    }

    public override async ValueTask DisposeAsync()
    {
        _tls.Dispose();
        foreach (var caller in _callers)
        {
            await caller.DisposeAsync();
        }

        if (_called is not null)
        {
            await _called.DisposeAsync();
        }

        await _watching;
        foreach (var gone in _gone)
        {
            gone.Dispose();
        }

        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    // A caller calls again only when the one that was called has seen it go.
    private Task WatchAsync() =>
        _called.ReadToEndAsync(told =>
        {
            if (told is PeerEvent.Disconnected { With.Value: var name })
            {
                _ = _gone[int.Parse(name["caller-".Length..], CultureInfo.InvariantCulture)].Release();
            }
        });

    private async Task<Sample> TimeAsync(Func<int, Task> handshake)
    {
        var cpu = ProcessUsage.OwnCpuMicroseconds() + _directory.CpuMicroseconds();
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, Parallel)
                .Select(i =>
                    Task.Run(async () =>
                    {
                        for (var n = 0; n < _count; n++)
                        {
                            await handshake(i);
                        }
                    })
                )
        );
        var took = Stopwatch.GetElapsedTime(begun);
        var count = Parallel * _count;
        return new Sample(
            count / took.TotalSeconds,
            (ProcessUsage.OwnCpuMicroseconds() + _directory.CpuMicroseconds() - cpu) / count
        );
    }

    private async Task AcceptAsync(CancellationToken stopped)
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _tls.AcceptSocketAsync(stopped));
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        await using var server = await _tls.AuthenticateAsync(socket);
        await server.WriteAsync(new byte[1]);
        _ = await server.ReadAsync(new byte[1]);
    }
}
