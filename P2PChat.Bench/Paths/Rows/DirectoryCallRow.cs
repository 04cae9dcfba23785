using P2PChat.Bench.Load;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures one kind of directory call, compared with an endpoint that does nothing.</summary>
internal abstract class DirectoryCallRow : PathRow
{
    private const int Connections = 32;

    private readonly IReadOnlyList<ReadOnlyMemory<byte>>[] _empty =
    [
        .. Enumerable.Repeat((IReadOnlyList<ReadOnlyMemory<byte>>)[Requests.Get("/empty")], Connections),
    ];
    private DirectoryProcess _directory = null!;
    private HttpLoad _load = null!;
    private IReadOnlyList<ReadOnlyMemory<byte>>[] _requests = [];
    private TimeSpan _duration;

    public override string Floor => "an empty endpoint of the same server, behind the same middleware";

    public override IReadOnlyList<Figure> Figures { get; } = [new("calls", "1/s", Aim.RatioAtLeast(0.5))];

    protected abstract ReadOnlyMemory<byte> Request(
        (string Name, string Token) peer,
        (string Name, string Token) other
    );

    public override async Task OpenAsync(Effort effort)
    {
        _duration = TimeSpan.FromSeconds(effort.Of(2, 0.3));
        // A long lease, because nothing renews it during the measurement.
        _directory = await DirectoryProcess.StartAsync(withRedis: true, "Directory:Lease=01:00:00");
        var peers = (await Population.RegisterAsync(_directory.Endpoint, "bench", effort.Of(2_000, 200))).Peers;
        _requests = RoundRobin.Split(
            Connections,
            [.. peers.Select((peer, i) => Request(peer, peers[(i + 1) % peers.Count]))]
        );
        _load = await HttpLoad.ConnectAsync(_directory.Endpoint, Connections);
        for (var i = 0; i < effort.Of(3, 0); i++)
        {
            _ = await RepeatAsync(_requests);
            _ = await RepeatAsync(_empty);
        }
    }

    public override async Task<Sample[]> MeasureAsync() => [await RepeatAsync(_requests)];

    public override async Task<Sample?[]> FloorAsync() => [await RepeatAsync(_empty)];

    public override async ValueTask DisposeAsync()
    {
        _load?.Dispose();
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    private async Task<Sample> RepeatAsync(IReadOnlyList<ReadOnlyMemory<byte>>[] requests)
    {
        var cpu = _directory.CpuMicroseconds();
        var (rate, count) = await _load.RepeatAsync(requests, _duration);
        return new Sample(rate, (_directory.CpuMicroseconds() - cpu) / count);
    }
}

internal sealed class RenewRow : DirectoryCallRow
{
    public override string Id => "renew";

    public override string Measures => "lease renewals per second through HTTP and Redis, from 32 connections";

    protected override ReadOnlyMemory<byte> Request(
        (string Name, string Token) peer,
        (string Name, string Token) other
    ) => Requests.Renew(peer.Name, peer.Token);
}

internal sealed class LookupRow : DirectoryCallRow
{
    public override string Id => "lookup";

    public override string Measures =>
        "lookups of a signed record per second, by registered peers, from 32 connections";

    protected override ReadOnlyMemory<byte> Request(
        (string Name, string Token) peer,
        (string Name, string Token) other
    ) => Requests.Find(other.Name, peer.Token);
}
