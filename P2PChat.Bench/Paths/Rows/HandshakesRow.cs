using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using P2PChat.Bench.Processes;
using P2PChat.Bench.Tls;
using P2PChat.Node.Model;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures handshakes when many peers connect to one at the same time.</summary>
internal sealed class HandshakesRow : PathRow
{
    private const int Parallel = 16;

    private readonly BareTls _tls = new();
    private readonly List<BenchPeer> _callers = [];
    private DirectoryProcess _directory = null!;
    private BenchPeer _callee = null!;
    private readonly SemaphoreSlim[] _disconnected =
    [
        .. Enumerable.Range(0, Parallel).Select(_ => new SemaphoreSlim(0)),
    ];
    private Task _readingEvents = Task.CompletedTask;
    private int _count;

    public override string Id => "handshakes";

    public override string Measures =>
        "handshakes per second: 16 peers connect to one, are accepted and disconnect, all in one process";

    public override string Floor => "bare mutual TLS 1.3 with P-256 keys (SslStream), 16 in parallel";

    public override IReadOnlyList<Figure> Figures { get; } = [new("handshakes", "1/s", Aim.RatioAtLeast(0.7))];

    public override async Task OpenAsync(Effort effort)
    {
        _count = effort.Of(50, 5);
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _callee = await BenchPeer.StartAsync(_directory.Address, "callee");
        for (var i = 0; i < Parallel; i++)
        {
            _callers.Add(await BenchPeer.StartAsync(_directory.Address, $"caller-{i}"));
        }

        _readingEvents = Task.Run(ReadEventsAsync);
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
                await _callers[i].ConnectAsync(_callee);
                await _callers[i].DisconnectAsync(_callee);
                await _disconnected[i].WaitAsync();
            }),
        ];

    public override async Task<Sample?[]> FloorAsync()
    {
        using var listening = new CancellationTokenSource();
        var accepting = AcceptAsync(listening.Token);
        var sample = await TimeAsync(async _ =>
        {
            await using var client = await _tls.ConnectAsync(_tls.Endpoint);
            // The server sends one byte after its side of the handshake.
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

        if (_callee is not null)
        {
            await _callee.DisposeAsync();
        }

        await _readingEvents;
        foreach (var disconnected in _disconnected)
        {
            disconnected.Dispose();
        }

        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    // A caller connects again only after the callee has seen it disconnect.
    private Task ReadEventsAsync() =>
        _callee.ReadToEndAsync(peerEvent =>
        {
            if (peerEvent is PeerEvent.Disconnected { With.Value: var name })
            {
                _ = _disconnected[int.Parse(name["caller-".Length..], CultureInfo.InvariantCulture)].Release();
            }
        });

    private async Task<Sample> TimeAsync(Func<int, Task> handshake)
    {
        var cpu = ProcessUsage.OwnCpuMicroseconds() + _directory.CpuMicroseconds();
        var started = Stopwatch.GetTimestamp();
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
        var elapsed = Stopwatch.GetElapsedTime(started);
        var count = Parallel * _count;
        return new Sample(
            count / elapsed.TotalSeconds,
            (ProcessUsage.OwnCpuMicroseconds() + _directory.CpuMicroseconds() - cpu) / count
        );
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _tls.AcceptSocketAsync(cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        await using var server = await _tls.AuthenticateAsync(socket);
        await server.WriteAsync(new byte[1]);
        _ = await server.ReadAsync(new byte[1]);
    }
}
