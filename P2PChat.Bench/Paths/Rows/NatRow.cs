using System.Diagnostics;
using P2PChat.Client;
using P2PChat.Tests.Network;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>
/// Measures how many round trips a connection takes, and how long a change of the address interrupts it.
/// </summary>
internal sealed class NatRow : PathRow
{
    // Between any two machines are two lines, which a round trip passes in both directions.
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(50);
    private static readonly LineQuality Quality = new(RoundTrip / 4);

    private Effort _effort = null!;
    private Lab _lab = null!;
    private LabDirectory _directory = null!;
    private LabRouter[] _networks = null!;
    private LabCall _direct = null!;
    private LabCall _punched = null!;
    private int _moves;

    public override string Id => "nat";

    public override string Measures =>
        "processes in network namespaces, a round trip of 50 ms between any two: from the dial to accepted, directly "
        + "and through two port-restricted NATs, without the lookup; from a change of the address to the next message";

    public override string? Floor => null;

    public override IReadOnlyList<Figure> Figures { get; } =
    [
        new("direct", "round trips", Aim.AtMost(5)),
        new("punched", "round trips", Aim.AtMost(10)),
        new("new address", "s", Aim.AtMost(5)),
    ];

    public override async Task OpenAsync(Effort effort)
    {
        _effort = effort;
        _lab = new Lab();
        var server = _lab.AddPublic("directory", Quality);
        var (caller, callee) = (_lab.AddPublic("caller", Quality), _lab.AddPublic("callee", Quality));
        _networks =
        [
            _lab.AddRouter("home", Nat.PortRestricted, Quality),
            _lab.AddRouter("cafe", Nat.PortRestricted, Quality),
        ];
        var inside = _lab.AddMachine(_networks[0], "inside");
        var other = _lab.AddMachine(_lab.AddRouter("other", Nat.PortRestricted, Quality), "elsewhere");
        _lab.Start();

        // The same two peers connect far more often than any user does.
        _directory = await LabDirectory.StartAsync(
            server,
            new Dictionary<string, string> { ["Paths__SessionsPerPair"] = "256" }
        );
        var address = LabDirectory.AddressFor(server, ipv6: false);
        _direct = await LabCall.StartAsync(PathKind.Direct, address, caller, callee);
        _punched = await LabCall.StartAsync(PathKind.Punched, address, inside, other);
        for (var i = 0; i < effort.Of(5, 1); i++)
        {
            _ = await _direct.MeasureAsync();
            _ = await _punched.MeasureAsync();
        }
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        if (_moves > 0)
        {
            // The previous round ended with a move, and the relay is preferred for a while after a path dies young.
            await _punched.SettleAsync();
            await _punched.DisconnectAsync();
        }

        var moves = new double[_effort.Of(4, 1)];
        var direct = await RoundTripsAsync(_direct);
        var punched = await RoundTripsAsync(_punched);
        await _punched.ConnectAsync();
        for (var i = 0; i < moves.Length; i++)
        {
            var started = Stopwatch.GetTimestamp();
            _ = _lab.Move(_punched.Caller.Machine, _networks[++_moves % _networks.Length]);
            await _punched.SendAsync();
            moves[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (i < moves.Length - 1)
            {
                // The next move is from the usual path again, which may take half a minute.
                await _punched.SettleAsync();
            }
        }

        return [new(direct), new(punched), new(Numbers.Median(moves))];
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[_direct, _punched, _directory])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        _lab?.Dispose();
    }

    private async Task<double> RoundTripsAsync(LabCall call)
    {
        var times = new double[_effort.Of(20, 3)];
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = await call.MeasureAsync() / RoundTrip;
        }

        return Numbers.Median(times);
    }
}
