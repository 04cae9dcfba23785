using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Node.Paths;

/// <summary>Two peers on a random network, with random settings, and records that aim at other machines.</summary>
internal sealed class PathScenario
{
    private static readonly NatProfile[] Profiles =
    [
        NatProfile.FullCone,
        NatProfile.AddressRestricted,
        NatProfile.PortRestricted,
        NatProfile.Symmetric,
        NatProfile.Firewall,
        NatProfile.Https,
        NatProfile.Resetting,
    ];

    private readonly Random _random;

    public PathScenario(int seed)
    {
        World = new VirtualWorld(seed);
        _random = new Random(seed);
        IsClean = _random.Next(3) == 0;
        World.Internet.Delay = TimeSpan.FromMilliseconds(_random.Next(1, 150));
        World.Directory.Delay = TimeSpan.FromMilliseconds(_random.Next(1, 150));
        if (!IsClean)
        {
            World.Internet.Jitter = TimeSpan.FromMilliseconds(Pick(0, 20, 300));
            World.Internet.Loss = Pick(0, 0.05, 0.3);
            World.Directory.Jitter = TimeSpan.FromMilliseconds(Pick(0, 20, 500));
            World.Directory.SignalLoss = Pick(0, 0.3);
            World.Directory.HasRelay = Chance(0.7);
            World.Directory.IsReachable = Chance(0.9);
        }

        (Caller, Callee) = AddPeers();
        Callee.IsOnline = IsClean || Chance(0.9);
        AimElsewhere();
        Caller.Plan = Settings(Caller.Plan) with
        {
            IsUpgrade = Chance(0.1),
            PrefersRelay = Chance(0.1),
            IsTest = Chance(0.1),
        };
        Callee.Plan = Settings(Callee.Plan);
    }

    public VirtualWorld World { get; }

    /// <summary>Whether no packet is lost and every peer takes part.</summary>
    public bool IsClean { get; }

    public VirtualPeer Caller { get; }

    public VirtualPeer Callee { get; }

    /// <summary>Machines of third parties, which both records name.</summary>
    public List<VirtualHost> Victims { get; } = [];

    /// <summary>Addresses that no rule allows.</summary>
    public List<IPEndPoint> Forbidden { get; } = [];

    private (VirtualPeer, VirtualPeer) AddPeers()
    {
        // TLS roles depend on the names.
        var (first, second) = Chance(0.5) ? ("a", "b") : ("b", "a");
        if (Chance(0.1))
        {
            return World.AddPair(first, second, Pick(Profiles));
        }

        var isIPv6 = Chance(0.1);
        return (
            World.Add(first, VirtualWorld.Port, isIPv6, Network(isIPv6)),
            World.Add(second, VirtualWorld.Port, isIPv6, Network(isIPv6))
        );
    }

    private NatProfile[] Network(bool isIPv6) =>
        isIPv6 ? Pick<NatProfile[]>([], [NatProfile.Firewall])
        : Chance(0.2) ? []
        : Chance(0.2) ? [Pick(Profiles[..4]), Pick(Profiles[..4])]
        : [Pick(Profiles)];

    private PathPlan Settings(PathPlan plan)
    {
        var hidesAddress = Chance(0.1);
        return plan with
        {
            MayDial = !hidesAddress,
            MayPunch = !hidesAddress && Chance(0.9),
            MayRelay = IsClean || Chance(0.9),
            Context = plan.Context with { IsContact = Chance(0.5) },
        };
    }

    // One that is silent, one that refuses, one that accepts but does not speak TLS, and another peer.
    private void AimElsewhere()
    {
        Victims.Add(World.AddVictim());
        Victims.Add(World.AddVictim(isSilent: false));
        Victims.Add(World.AddVictim(listenPort: VirtualWorld.Port));
        Victims.Add(World.Add("c").Host);
        IPEndPoint[] forbidden =
        [
            new(IPAddress.Loopback, VirtualWorld.Port),
            new(IPAddress.Parse("0.0.0.0"), VirtualWorld.Port),
            new(IPAddress.Parse("169.254.169.254"), VirtualWorld.Port),
            new(Victims[0].Addresses.First(), 25),
            new(IPAddress.Parse("64:ff9b::a09:909"), VirtualWorld.Port),
        ];
        Forbidden.AddRange(forbidden);
        foreach (var peer in new[] { Caller, Callee })
        {
            var own = peer.Endpoints.Count;
            foreach (var victim in Victims)
            {
                for (var port = VirtualWorld.Port; port < VirtualWorld.Port + 8; port++)
                {
                    Aim(peer, new IPEndPoint(victim.Addresses.First(), port));
                }
            }

            foreach (var endPoint in forbidden)
            {
                Aim(peer, endPoint);
            }

            // A record has at most eight.
            var others = peer.Endpoints.Skip(own).OrderBy(_ => _random.Next()).Take(_random.Next(7)).ToList();
            peer.Endpoints.RemoveRange(own, peer.Endpoints.Count - own);
            peer.Endpoints.InsertRange(_random.Next(own + 1), others);
        }

        var name = new Endpoint
        {
            Transport = Transport.Tcp,
            Host = "h",
            Port = VirtualWorld.Port,
        };
        if (Chance(0.3))
        {
            Callee.Endpoints.RemoveAt(Callee.Endpoints.Count - 1);
            Callee.Endpoints.Insert(0, name);
            Caller.LookupTime = TimeSpan.FromMilliseconds(_random.Next(7_000));
            Caller.Names[("h", AddressFamily.InterNetwork)] = Chance(0.5)
                ? [.. Victims.Select(victim => victim.Addresses.First()), Callee.Observed!]
                : [];
        }
    }

    private void Aim(VirtualPeer peer, IPEndPoint endPoint) =>
        peer.Endpoints.Add(
            VirtualWorld.EndpointOf(endPoint, Chance(0.5) ? CandidateKind.Reflexive : CandidateKind.Unspecified)
        );

    private bool Chance(double share) => _random.NextDouble() < share;

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];
}
