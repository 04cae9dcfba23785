using System.Diagnostics;
using System.Globalization;
using P2PChat.Bench.Load;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>
/// Very many live leases on one replica: what a lookup takes meanwhile, and whether any lease is lost.
/// </summary>
internal sealed class HerdRow : PathRow
{
    private static readonly TimeSpan BetweenLookups = TimeSpan.FromMilliseconds(5);

    private readonly List<double> _idle = [];
    private DirectoryProcess _directory = null!;
    private ReadOnlyMemory<byte> _lookup;
    private TimeSpan _held;
    private TimeSpan _idleFor;
    private int _leases;
    private int _askers;

    public override string Id => "herd";

    public override string Measures =>
        "100,000 live leases on one replica, each renewed every 10 s by a process of its own, for 2 minutes";

    public override string Floor => "lookups of an idle directory, before and after";

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("p99 of a lookup meanwhile", "ms", Aim.RatioAtMost(3)),
        new("p50 of a lookup meanwhile", "ms", Aim.RatioAtMost(3)),
        new("renewals, of those due", "%", new Aim(OfRatio: false, AtLeast: true, 98)),
        new("leases lost", "", Aim.AtMost(0)),
        new("Redis a peer", "B", Aim.AtMost(1024)),
    ];

    // The herd itself takes minutes.
    public override int Rounds(int asked) => 1;

    public override async Task OpenAsync(Effort effort)
    {
        _leases = effort.Of(100_000, 2_000);
        _held = effort.Of(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(2));
        _idleFor = effort.Of(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(0.5));
        _directory = await DirectoryProcess.StartAsync(withRedis: true);
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        await FindIdleAsync();
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
            var begun = Stopwatch.GetTimestamp();
            lookups = await FindAsync("herd-0-0", _held);
            var took = Stopwatch.GetElapsedTime(begun);
            var (renewed, refused) = await AskAsync(herd);
            renewals =
                100 * (renewed - renewedBefore) / (_leases * took.TotalSeconds / RenewalsChild.RenewEvery.TotalSeconds);
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
        await FindIdleAsync();
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

    private async Task FindIdleAsync() => _idle.AddRange(await FindAsync(null, _idleFor));

    /// <param name="name">Who is looked up; null for the one who asks.</param>
    private async Task<double[]> FindAsync(string? name, TimeSpan duration)
    {
        using var connection = await HttpConnection.ConnectAsync(_directory.Endpoint);
        var times = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < duration)
        {
            if (times.Count % 1_000 == 0)
            {
                // Another one, long before the lease of the last one ends.
                var self = (await Population.RegisterAsync(_directory.Endpoint, $"asker-{_askers++}", 1)).Peers[0];
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
