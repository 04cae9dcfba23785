using System.Diagnostics;
using System.Globalization;
using P2PChat.Bench.Load;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>
/// Measures lookup latency while one replica holds a large number of live leases, and checks that none is lost.
/// </summary>
internal sealed class HerdRow : PathRow
{
    private static readonly TimeSpan BetweenLookups = TimeSpan.FromMilliseconds(5);

    private readonly List<double> _idle = [];
    private DirectoryProcess _directory = null!;
    private ReadOnlyMemory<byte> _lookup;
    private TimeSpan _duration;
    private TimeSpan _idleDuration;
    private int _leases;
    private int _callers;

    public override string Id => "herd";

    public override string Measures =>
        "100,000 live leases on one replica, each renewed every 10 s by a separate process, for 2 minutes";

    public override string Floor => "lookups of an idle directory, before and after";

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("p99 of lookups under load", "ms", Aim.RatioAtMost(3)),
        new("p50 of lookups under load", "ms", Aim.RatioAtMost(3)),
        new("due renewals made", "%", new Aim(OfRatio: false, AtLeast: true, 98)),
        new("leases lost", "", Aim.AtMost(0)),
        new("Redis memory per peer", "B", Aim.AtMost(1024)),
    ];

    // One round takes minutes.
    public override int Rounds(int requested) => 1;

    public override async Task OpenAsync(Effort effort)
    {
        _leases = effort.Of(100_000, 2_000);
        _duration = effort.Of(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(2));
        _idleDuration = effort.Of(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(0.5));
        _directory = await DirectoryProcess.StartAsync(withRedis: true);
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        await TimeIdleLookupsAsync();
        var redis = _directory.Redis!;
        var before = await redis.UsedMemoryAsync();
        double renewals;
        double lost;
        double[] lookups;
        long memory;
        await using (
            var herd = await ChildProcess.StartAsync(
                ChildProgram.Renewals,
                _directory.Endpoint.ToString(),
                _leases.ToString(CultureInfo.InvariantCulture)
            )
        )
        {
            memory = (await redis.UsedMemoryAsync() - before) / _leases;
            var (renewedBefore, _) = await AskAsync(herd);
            var started = Stopwatch.GetTimestamp();
            lookups = await TimeLookupsAsync("herd-0-0", _duration);
            var elapsed = Stopwatch.GetElapsedTime(started);
            var (renewed, refused) = await AskAsync(herd);
            renewals =
                100
                * (renewed - renewedBefore)
                / (_leases * elapsed.TotalSeconds / RenewalsChild.RenewEvery.TotalSeconds);
            lost = Math.Max(refused, _leases - await redis.LeasesAsync());
        }

        return
        [
            new(Numbers.Percentile(lookups, 99)),
            new(Numbers.Percentile(lookups, 50)),
            new(renewals),
            new(lost),
            new(memory),
        ];
    }

    public override async Task<Sample?[]> FloorAsync()
    {
        await TimeIdleLookupsAsync();
        var all = _idle.ToArray();
        return [new Sample(Numbers.Percentile(all, 99)), new Sample(Numbers.Percentile(all, 50)), null, null, null];
    }

    public override async ValueTask DisposeAsync()
    {
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    private async Task TimeIdleLookupsAsync() => _idle.AddRange(await TimeLookupsAsync(null, _idleDuration));

    /// <param name="name">The name to look up; null to look up the caller itself.</param>
    private async Task<double[]> TimeLookupsAsync(string? name, TimeSpan duration)
    {
        using var connection = await HttpConnection.ConnectAsync(_directory.Endpoint);
        var times = new List<double>();
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            if (times.Count % 1_000 == 0)
            {
                // Use a new caller well before the lease of the last one expires.
                var self = (await Population.RegisterAsync(_directory.Endpoint, $"asker-{_callers++}", 1)).Peers[0];
                _lookup = Requests.Find(name ?? self.Name, self.Token);
            }

            var sent = Stopwatch.GetTimestamp();
            if (await connection.SendAsync(_lookup) != 200)
            {
                throw new InvalidOperationException($"A lookup was refused: {connection.Body}");
            }

            times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            await Task.Delay(BetweenLookups);
        }

        return [.. times];
    }

    private static async Task<(double Renewed, double Refused)> AskAsync(ChildProcess herd)
    {
        var numbers = (await herd.AskAsync("?"))
            .Split(' ')
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture))
            .ToArray();
        return (numbers[0], numbers[1]);
    }
}
