using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Node.Paths;

/// <summary>An internet with a directory and peers, each in a network of its own.</summary>
internal sealed class VirtualWorld
{
    public const int Port = 8001;

    private static readonly IPEndPoint Stun = new(IPAddress.Parse("198.51.100.1"), 3478);
    private static readonly IPEndPoint Stun6 = new(IPAddress.Parse("2001:db8:ffff::1"), 3478);
    private static readonly TimeSpan LanDelay = TimeSpan.FromMilliseconds(0.5);

    private int _lastNumber;

    public VirtualWorld(int seed = 1)
    {
        Time = new VirtualTime(seed);
        Internet = new VirtualSegment(Time, TimeSpan.FromMilliseconds(25));
        Directory = new VirtualDirectory(Time);
    }

    public VirtualTime Time { get; }

    /// <summary>One way 25 ms, unless changed.</summary>
    public VirtualSegment Internet { get; }

    public VirtualDirectory Directory { get; }

    /// <summary>Adds a peer behind NATs, the outermost first; without any it has a public address.</summary>
    public VirtualPeer Add(string name, params NatProfile[] nats) => Add(name, Port, isIPv6: false, nats);

    public VirtualPeer Add(string name, int port, bool isIPv6, params NatProfile[] nats)
    {
        var number = ++_lastNumber;
        var host = new VirtualHost(name) { ListenPort = port };
        var (segment, chain) = (Internet, new List<VirtualNat>());
        var address = PublicAddress(isIPv6);
        foreach (var (depth, profile) in nats.Index())
        {
            var inside = new VirtualSegment(Time, LanDelay);
            var nat = new VirtualNat(profile, address, inside, segment, Time.Random);
            segment.Attach(address, nat);
            inside.Gateway = nat;
            chain.Add(nat);
            address = profile.IsFirewall ? address : IPAddress.Parse($"192.168.{number * 10 + depth}.2");
            segment = inside;
        }

        host.Attach(address, segment);
        var peer = new VirtualPeer(Time, Directory, host);
        Join(peer, address, [.. chain], isIPv6 ? Stun6 : Stun);
        return peer;
    }

    /// <summary>Adds a second machine to the network of a NAT with this inside.</summary>
    public (VirtualPeer First, VirtualPeer Second) AddPair(string first, string second, NatProfile profile)
    {
        var inside = new VirtualSegment(Time, LanDelay);
        var address = PublicAddress(isIPv6: false);
        var nat = new VirtualNat(profile, address, inside, Internet, Time.Random);
        Internet.Attach(address, nat);
        inside.Gateway = nat;
        return (AddInside(first, "192.168.1.2"), AddInside(second, "192.168.1.3"));

        VirtualPeer AddInside(string name, string own)
        {
            var host = new VirtualHost(name) { ListenPort = Port };
            host.Attach(IPAddress.Parse(own), inside);
            var peer = new VirtualPeer(Time, Directory, host);
            Join(peer, IPAddress.Parse(own), [nat], Stun);
            return peer;
        }
    }

    /// <summary>Adds a machine with a public address that runs no peer.</summary>
    public VirtualHost AddVictim(int listenPort = 0, bool isSilent = true)
    {
        var victim = new VirtualHost("victim") { ListenPort = listenPort, IsSilent = isSilent };
        victim.Attach(PublicAddress(isIPv6: false), Internet);
        return victim;
    }

    public static Endpoint EndpointOf(IPEndPoint endPoint, CandidateKind kind = CandidateKind.Unspecified) =>
        new()
        {
            Transport = Transport.Tcp,
            Host = endPoint.Address.ToString(),
            Port = (uint)endPoint.Port,
            Kind = kind,
        };

    private IPAddress PublicAddress(bool isIPv6)
    {
        var number = ++_lastNumber;
        return IPAddress.Parse(isIPv6 ? $"2001:db8:{number}::2" : $"203.0.113.{number}");
    }

    // As a peer does: it lists its address, asks a STUN server for its public one, and registers.
    private static void Join(VirtualPeer peer, IPAddress address, IReadOnlyList<VirtualNat> nats, IPEndPoint stun)
    {
        var own = new IPEndPoint(address, peer.Host.ListenPort);
        var seen = nats.Reverse().Aggregate(own, (endPoint, nat) => nat.Map(endPoint, stun));
        peer.Endpoints.Add(EndpointOf(own));
        if (!seen.Equals(own))
        {
            peer.Endpoints.Add(EndpointOf(seen, CandidateKind.Reflexive));
        }

        peer.Observed = seen.Address;
        var prefix = address.AddressFamily == AddressFamily.InterNetwork ? 24 : 64;
        peer.Plan = peer.Plan with
        {
            Context = new CandidateContext
            {
                LocalNetworks = [NetworkOf(address, prefix)],
                OwnEndPoints = [own],
                OwnPublicAddresses = [seen.Address],
                Directory = stun.Address,
            },
        };
    }

    private static IPNetwork NetworkOf(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(prefix / 8).Clear();
        return new IPNetwork(new IPAddress(bytes), prefix);
    }
}
