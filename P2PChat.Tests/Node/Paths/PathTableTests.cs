using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Paths;

/// <summary>Which path each pair of networks takes, stated before the run, on a simulated network.</summary>
public sealed class PathTableTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private static readonly Dictionary<string, NatProfile[]> Networks = new()
    {
        ["open"] = [],
        ["full"] = [NatProfile.FullCone],
        ["address"] = [NatProfile.AddressRestricted],
        ["port"] = [NatProfile.PortRestricted],
        ["symmetric"] = [NatProfile.Symmetric],
        ["firewall"] = [NatProfile.Firewall],
        ["double"] = [NatProfile.PortRestricted, NatProfile.PortRestricted],
        ["reset"] = [NatProfile.Resetting],
        ["443"] = [NatProfile.Https],
    };

    // D: direct, P: punched, R: relayed. The caller is at the left.
    private const string Expected = """
                  open full address port symmetric firewall double reset 443
        open      D    D    P       P    P         P        P      P     R
        full      D    D    P       P    P         P        P      P     R
        address   D    D    P       P    P         P        P      P     R
        port      D    D    P       P    R         P        P      P     R
        symmetric D    D    P       R    R         R        R      R     R
        firewall  D    D    P       P    R         P        P      P     R
        double    D    D    P       P    R         P        P      P     R
        reset     D    D    P       P    R         P        P      P     R
        443       R    R    R       R    R         R        R      R     R
        """;

    public static TheoryData<string, string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string, string>();
            var lines = Expected.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            foreach (var row in lines.Skip(1))
            {
                foreach (var (index, callee) in lines.First().Index())
                {
                    pairs.Add(row[0], callee, row[index + 1]);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Pair_takes_the_expected_path(string caller, string callee, string expected)
    {
        // TLS roles depend on the names, and the path must not.
        foreach (var (callerName, calleeName) in new[] { ("a", "b"), ("b", "a") })
        {
            Check(caller, callee, callerName, calleeName, hasRelay: true, KindOf(expected));
            Check(caller, callee, callerName, calleeName, hasRelay: false, expected == "R" ? null : KindOf(expected));
        }
    }

    // All hosts and the directory are 50 ms from each other. The lookup has been made before.
    [Theory]
    [InlineData("open", 5)]
    [InlineData("full", 5)]
    [InlineData("port", 10)]
    [InlineData("double", 10)]
    public void Path_opens_within_its_round_trips(string callee, int roundTrips)
    {
        foreach (var (callerName, calleeName) in new[] { ("a", "b"), ("b", "a") })
        {
            var world = new VirtualWorld();
            var run = world.Add(callerName, Networks["port"]).Call(world.Add(calleeName, Networks[callee]));
            world.Time.RunUntil(Long);

            var (kind, _, after) = Assert.Single(run.Carried);
            Assert.NotEqual(PathKind.Relayed, kind);
            Assert.InRange(after, TimeSpan.Zero, roundTrips * 2 * world.Internet.Delay);
        }
    }

    [Fact]
    public void Punched_path_takes_over_from_the_relay()
    {
        // The relay is near, and the other peer far away.
        var world = new VirtualWorld { Directory = { Delay = TimeSpan.FromMilliseconds(5) } };
        world.Internet.Delay = TimeSpan.FromMilliseconds(150);
        var alice = world.Add("a", Networks["port"]);
        var bob = world.Add("b", Networks["port"]);
        var run = alice.Call(bob);
        world.Time.RunUntil(Long);

        Assert.Equal(
            [(PathKind.Relayed, false), (PathKind.Punched, true)],
            run.Carried.Select(carried => (carried.Kind, carried.IsTakeover))
        );
        Assert.Equal([PathKind.Relayed, PathKind.Punched], bob.Run!.Carried.Select(carried => carried.Kind));
        Assert.IsType<VirtualSocket>(Assert.Single(alice.Links));
        Assert.Equal(0, world.Directory.OpenLegs);
    }

    private static void Check(
        string caller,
        string callee,
        string callerName,
        string calleeName,
        bool hasRelay,
        PathKind? expected
    )
    {
        var world = new VirtualWorld { Directory = { HasRelay = hasRelay } };
        var alice = world.Add(callerName, Networks[caller]);
        var bob = world.Add(calleeName, Networks[callee]);
        var run = alice.Call(bob);
        world.Time.RunUntil(Long);

        Assert.True(expected == run.Report.Chosen, $"{run.Report.Chosen}: {string.Join("\n", run.Report.Attempts)}");
        Assert.Equal(expected is null ? 0 : 1, alice.Links.Count);
        Assert.Equal(alice.Links.Count, bob.Links.Count);
    }

    private static PathKind KindOf(string letter) =>
        letter switch
        {
            "D" => PathKind.Direct,
            "P" => PathKind.Punched,
            _ => PathKind.Relayed,
        };
}
