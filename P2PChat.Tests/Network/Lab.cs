using System.Net;
using System.Text;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>A machine of the lab.</summary>
/// <param name="Ipv4">Its own address, which may be private; null for none.</param>
/// <param name="Ipv6">Its own address; null for none.</param>
internal sealed record LabMachine(string Namespace, IPAddress? Ipv4, IPAddress? Ipv6);

/// <summary>A router of the lab.</summary>
/// <param name="Public">The address behind which its network appears.</param>
internal sealed record LabRouter(string Namespace, IPAddress Public, string Lan, bool IsIpv6)
{
    private int _last = 1;

    /// <summary>Returns the next free address of its network.</summary>
    public string Next() => Lan + Interlocked.Increment(ref _last);
}

/// <summary>
/// An internet of network namespaces: a bridge that joins servers, routers and machines. Needs root and nftables. Add
/// everything, then call <see cref="Start"/>.
/// </summary>
/// <remarks>
/// All local networks have the same private addresses, as most homes do, so that a private address of another network
/// is often this machine's own. Nothing outside may dial an address of the lab: the traffic would leave the machine.
/// </remarks>
internal sealed class Lab : IDisposable
{
    private const string Home = "192.168.1.";
    private const string Provider = "100.64.0.";

    private readonly string _prefix = NamespaceNames.NewPrefix();
    private readonly StringBuilder _plan = new();
    private readonly List<Func<Line>> _plannedLines = [];
    private readonly List<Line> _lines = [];
    private readonly string _core;
    private readonly string _wires;
    private int _lastPublic = 9;
    private int _lastDevice;

    public Lab()
    {
        _core = AddNamespace("core");
        _wires = AddNamespace("wires");
        Plan(
            $"""
            ip netns exec {_wires} sh -c 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6'
            ip -n {_core} link add name internet type bridge
            ip -n {_core} address add 203.0.113.1/24 dev internet
            ip -n {_core} address add 2001:db8:1::1/64 dev internet
            ip -n {_core} link set dev internet up
            {Forwarding(_core)}
            """
        );
    }

    /// <summary>Adds a machine with public addresses and no firewall.</summary>
    /// <param name="line">Its line to the internet; null for a perfect one.</param>
    public LabMachine AddPublic(string name, LineQuality? line = null, bool ipv6 = true)
    {
        var number = ++_lastPublic;
        var machine = new LabMachine(
            AddNamespace(name),
            IPAddress.Parse($"203.0.113.{number}"),
            ipv6 ? IPAddress.Parse($"2001:db8:1::{number}") : null
        );
        ConnectToInternet(machine.Namespace, line);
        AssignPublic(machine.Namespace, machine.Ipv4, machine.Ipv6);
        return machine;
    }

    /// <summary>Gives a public machine a second IPv4 address, as RFC 5780 needs it.</summary>
    public IPAddress AddAddress(LabMachine machine)
    {
        var address = IPAddress.Parse($"203.0.113.{++_lastPublic}");
        Plan($"ip -n {machine.Namespace} address add {address}/24 dev wan");
        return address;
    }

    /// <summary>Adds a router.</summary>
    /// <param name="line">Its line to the internet; null for a perfect one.</param>
    /// <param name="isProvider">Whether other routers are behind it.</param>
    public LabRouter AddRouter(string name, Nat nat, LineQuality? line = null, bool isProvider = false)
    {
        var number = ++_lastPublic;
        var isIpv6 = nat is Nat.OpenIpv6 or Nat.FirewalledIpv6;
        var router = new LabRouter(
            AddNamespace(name),
            IPAddress.Parse(isIpv6 ? $"2001:db8:1::{number}" : $"203.0.113.{number}"),
            isIpv6 ? $"2001:db8:2:{number}::"
                : isProvider ? Provider
                : Home,
            isIpv6
        );
        ConnectToInternet(router.Namespace, line);
        AssignPublic(router.Namespace, isIpv6 ? null : router.Public, isIpv6 ? router.Public : null);
        if (isIpv6)
        {
            Plan($"ip -n {_core} -6 route add {router.Lan}/64 via {router.Public}");
        }

        PlanRouting(router, nat);
        return router;
    }

    /// <summary>Adds a router behind the router of a provider.</summary>
    public LabRouter AddRouterBehind(LabRouter provider, string name, Nat nat)
    {
        var router = new LabRouter(AddNamespace(name), provider.Public, Home, IsIpv6: false);
        Plan(Cable(provider, router.Namespace, "wan", provider.Next()));
        PlanRouting(router, nat);
        return router;
    }

    /// <summary>Adds a machine to a router's network.</summary>
    public LabMachine AddMachine(LabRouter router, string name)
    {
        var address = router.Next();
        var machine = MachineAt(AddNamespace(name), router, address);
        Plan(Cable(router, machine.Namespace, "eth0", address));
        return machine;
    }

    /// <summary>Creates everything that was added.</summary>
    public void Start()
    {
        Script.Run(_plan.ToString());
        _lines.AddRange(_plannedLines.Select(open => open()));
    }

    /// <summary>Moves a machine to another network, as when a laptop changes its Wi-Fi.</summary>
    public LabMachine Move(LabMachine machine, LabRouter router)
    {
        var address = router.Next();
        Script.Run(
            $"""
            ip -n {machine.Namespace} link delete eth0
            {Cable(router, machine.Namespace, "eth0", address)}
            """
        );
        return MachineAt(machine.Namespace, router, address);
    }

    /// <summary>Makes a router drop all packets to and from an address of the internet, without an answer.</summary>
    public static void Cut(LabRouter router, IPAddress address) =>
        Script.Run(
            $$"""
            ip netns exec {{router.Namespace}} nft -f - <<'END'
            table inet cut {
              chain forward {
                type filter hook forward priority -10
                ip saddr {{address}} drop
                ip daddr {{address}} drop
              }
            }
            END
            """
        );

    /// <summary>Reverts <see cref="Cut"/>.</summary>
    public static void Mend(LabRouter router) =>
        Script.Run($"ip netns exec {router.Namespace} nft delete table inet cut");

    public void Dispose()
    {
        foreach (var line in _lines)
        {
            line.Dispose();
        }

        NamespaceNames.Remove(_prefix);
    }

    private static LabMachine MachineAt(string name, LabRouter router, string address) =>
        router.IsIpv6
            ? new LabMachine(name, null, IPAddress.Parse(address))
            : new LabMachine(name, IPAddress.Parse(address), null);

    // A namespace inherits the settings of the one that creates it, so each is set.
    private static string Forwarding(string router) =>
        $"""
            ip netns exec {router} sh -c 'cd /proc/sys/net; echo 1 > ipv4/ip_forward
              echo 1 > ipv6/conf/all/forwarding; echo 0 > ipv4/conf/all/send_redirects'
            """;

    private void Plan(string lines) => _plan.AppendLine(lines);

    // Duplicate address detection would make addresses, also link-local ones, unusable for a second or two.
    private string AddNamespace(string name)
    {
        var full = $"{_prefix}-{name}";
        Plan(
            $"""
            ip netns add {full}
            ip netns exec {full} sh -c 'echo 0 | tee /proc/sys/net/ipv6/conf/*/accept_dad > /dev/null'
            ip -n {full} link set dev lo up
            """
        );
        return full;
    }

    private void PlanRouting(LabRouter router, Nat nat) =>
        Plan(
            $"""
            ip -n {router.Namespace} link add name lan type bridge
            ip -n {router.Namespace} address add {router.Lan}1/{Length(router)} dev lan
            ip -n {router.Namespace} link set dev lan up
            {Forwarding(router.Namespace)}
            ip netns exec {router.Namespace} nft -f - <<'END'
            {RouterRules.For(nat)}
            END
            """
        );

    private void ConnectToInternet(string machine, LineQuality? quality)
    {
        var port = $"port{++_lastDevice}";
        if (quality is null)
        {
            Plan($"ip -n {_core} link add name {port} type veth peer name wan netns {machine}");
        }
        else
        {
            var (near, far) = ($"near{_lastDevice}", $"far{_lastDevice}");
            Plan(
                $"""
                ip -n {_wires} link add name {near} type veth peer name wan netns {machine}
                ip -n {_wires} link add name {far} type veth peer name {port} netns {_core}
                ip -n {_wires} link set dev {near} up
                ip -n {_wires} link set dev {far} up
                """
            );
            _plannedLines.Add(() => new Line(_wires, near, far, quality));
        }

        Plan($"ip -n {_core} link set dev {port} master internet up");
    }

    private void AssignPublic(string machine, IPAddress? ipv4, IPAddress? ipv6)
    {
        Plan($"ip -n {machine} link set dev wan up");
        if (ipv4 is not null)
        {
            Plan(
                $"""
                ip -n {machine} address add {ipv4}/24 dev wan
                ip -n {machine} route add default via 203.0.113.1
                """
            );
        }

        if (ipv6 is not null)
        {
            Plan(
                $"""
                ip -n {machine} address add {ipv6}/64 dev wan
                ip -n {machine} -6 route add default via 2001:db8:1::1
                """
            );
        }
    }

    private string Cable(LabRouter router, string machine, string device, string address)
    {
        var port = $"port{++_lastDevice}";
        return $"""
            ip -n {router.Namespace} link add name {port} type veth peer name {device} netns {machine}
            ip -n {router.Namespace} link set dev {port} master lan up
            ip -n {machine} address add {address}/{Length(router)} dev {device}
            ip -n {machine} link set dev {device} up
            ip -n {machine} {(router.IsIpv6 ? "-6 " : "")}route add default via {router.Lan}1
            """;
    }

    private static int Length(LabRouter router) => router.IsIpv6 ? 64 : 24;
}
