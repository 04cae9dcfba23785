using System.Net;

namespace P2PChat.Tests.Node.Paths;

/// <summary>Which remote ends may send to a mapping, and which of them share it (RFC 4787).</summary>
internal enum Dependence
{
    Endpoint,
    Address,
    AddressAndPort,
}

/// <summary>The behaviour of a NAT. docs/decisions/0049 has the same profiles as namespaces.</summary>
/// <param name="AnswersReset">Whether it refuses unexpected SYNs, which it otherwise drops.</param>
/// <param name="IsFirewall">Whether it filters only, and leaves addresses as they are.</param>
/// <param name="OnlyHttps">Whether it lets nothing out but connections to port 443.</param>
internal sealed record NatProfile(
    string Name,
    Dependence Mapping,
    Dependence Filtering,
    bool AnswersReset = false,
    bool IsFirewall = false,
    bool OnlyHttps = false
)
{
    public static readonly NatProfile FullCone = new("full cone", Dependence.Endpoint, Dependence.Endpoint);
    public static readonly NatProfile AddressRestricted = new("address", Dependence.Endpoint, Dependence.Address);
    public static readonly NatProfile PortRestricted = new("port", Dependence.Endpoint, Dependence.AddressAndPort);
    public static readonly NatProfile Symmetric = new(
        "symmetric",
        Dependence.AddressAndPort,
        Dependence.AddressAndPort
    );
    public static readonly NatProfile Firewall = PortRestricted with { Name = "firewall", IsFirewall = true };
    public static readonly NatProfile Https = Symmetric with { Name = "only 443", OnlyHttps = true };
    public static readonly NatProfile Resetting = PortRestricted with { Name = "port, reset", AnswersReset = true };

    public override string ToString() => Name;
}

/// <summary>A NAT between two segments.</summary>
internal sealed class VirtualNat(
    NatProfile profile,
    IPAddress address,
    VirtualSegment inside,
    VirtualSegment outside,
    Random random
) : INode
{
    private readonly Dictionary<(IPEndPoint Inside, IPEndPoint? Remote), IPEndPoint> _mappings = [];
    private readonly Dictionary<IPEndPoint, IPEndPoint> _insides = [];
    private readonly HashSet<(IPEndPoint Outside, IPEndPoint Remote)> _contacted = [];

    /// <summary>Handles a packet from inside.</summary>
    public void Translate(Packet packet)
    {
        if (!profile.OnlyHttps || packet.To.Port == 443)
        {
            outside.Send(packet with { From = Map(packet.From, packet.To) });
        }
    }

    /// <summary>Returns where a remote end sees an inside one.</summary>
    public IPEndPoint Map(IPEndPoint from, IPEndPoint remote)
    {
        var key = (from, profile.Mapping == Dependence.Endpoint ? null : remote);
        if (!_mappings.TryGetValue(key, out var mapped))
        {
            mapped = profile.IsFirewall ? from : new IPEndPoint(address, Port(from.Port));
            _mappings.Add(key, mapped);
            _insides[mapped] = from;
        }

        _ = _contacted.Add((mapped, remote));
        return mapped;
    }

    /// <summary>Handles a packet from outside.</summary>
    public void Receive(Packet packet)
    {
        if (!_insides.TryGetValue(packet.To, out var host) || !Admits(packet))
        {
            if (profile.AnswersReset && packet.Flag != Flag.Reset)
            {
                outside.Send(new Packet(packet.To, packet.From, Flag.Reset));
            }

            return;
        }

        // Connection tracking closes with a reset, and its hole in the filter with it.
        if (packet.Flag == Flag.Reset)
        {
            _ = _contacted.Remove((packet.To, packet.From));
        }

        inside.Send(packet with { To = host });
    }

    private bool Admits(Packet packet) =>
        profile.Filtering switch
        {
            Dependence.Endpoint => true,
            Dependence.Address => _contacted.Any(contact =>
                contact.Outside.Equals(packet.To) && contact.Remote.Address.Equals(packet.From.Address)
            ),
            _ => _contacted.Contains((packet.To, packet.From)),
        };

    private int Port(int preferred)
    {
        var port = profile.Mapping == Dependence.Endpoint ? preferred : random.Next(20_000, 60_000);
        while (_insides.ContainsKey(new IPEndPoint(address, port)))
        {
            port = random.Next(20_000, 60_000);
        }

        return port;
    }
}
