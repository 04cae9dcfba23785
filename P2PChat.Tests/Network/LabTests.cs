using System.Net;
using System.Net.Sockets;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>Checks that the lab's routers behave as their names say, before a peer is judged by them.</summary>
[Trait("Requires", "NetworkLab")]
public sealed class LabTests : IDisposable
{
    private const int StunPort = 3478;

    private readonly Lab _lab = new();
    private int _routers;

    public void Dispose() => _lab.Dispose();

    /// <summary>By an independent program. It never sends a request again, so its time-out is an answer.</summary>
    [Fact]
    [Trait("Requires", "Coturn")]
    public async Task Routers_map_and_filter_udp_as_coturn_expects()
    {
        var expected = new (Nat Nat, string Mapping, string Filtering)[]
        {
            (Nat.FullCone, "Endpoint Independent Mapping", "Endpoint Independent Filtering"),
            (Nat.AddressRestricted, "Endpoint Independent Mapping", "Address Dependent Filtering"),
            (Nat.PortRestricted, "Endpoint Independent Mapping", "Address and Port Dependent Filtering"),
            (Nat.Symmetric, "Address and Port Dependent Mapping", "Address and Port Dependent Filtering"),
        };
        var server = _lab.AddPublic("stun");
        var second = _lab.AddAddress(server);
        var machines = expected.ToDictionary(each => each.Nat, each => Behind(each.Nat));
        _lab.Start();
        await using var coturn = await StartCoturnAsync(server, second);

        await Task.WhenAll(
            expected.Select(async each =>
            {
                var output = await Task.Run(() =>
                    Script.Run(
                        $"ip netns exec {machines[each.Nat].Namespace} timeout 30 "
                            + $"turnutils_natdiscovery -m -f -p {StunPort} {server.Ipv4}"
                    )
                );
                Assert.Contains($"NAT with {each.Mapping}!", output, StringComparison.Ordinal);
                Assert.Contains($"NAT with {each.Filtering}!", output, StringComparison.Ordinal);
            })
        );
    }

    [Fact]
    public async Task Routers_map_and_filter_tcp_as_their_names_say()
    {
        var expected = new (Nat Nat, bool KeepsPort, bool AdmitsAddress, bool AdmitsStranger)[]
        {
            (Nat.FullCone, true, true, true),
            (Nat.AddressRestricted, true, true, false),
            (Nat.PortRestricted, true, false, false),
            (Nat.Symmetric, false, false, false),
        };
        var (server, stranger) = (_lab.AddPublic("server"), _lab.AddPublic("stranger"));
        var second = _lab.AddAddress(server);
        var machines = expected.ToDictionary(each => each.Nat, each => Behind(each.Nat));
        _lab.Start();

        var found = await Task.WhenAll(
            expected.Select(async each =>
            {
                using var listener = RawTcp.Bound(machines[each.Nat], 0);
                listener.Listen();
                var port = RawTcp.PortOf(listener);
                using var service = RawTcp.Bound(server, 0);
                service.Listen();
                var mapping = await RawTcp.MappingAsync(machines[each.Nat], port, service, server.Ipv4!);
                var other = await RawTcp.MappingAsync(machines[each.Nat], port, service, second);
                var known = RawTcp.ConnectAsync(server, 0, mapping!, tries: 1);
                var unknown = RawTcp.ConnectAsync(stranger, 0, mapping!, tries: 1);
                using var fromKnown = await known;
                using var fromUnknown = await unknown;
                return (each.Nat, mapping!.Equals(other), fromKnown is not null, fromUnknown is not null);
            })
        );

        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task Simultaneous_open_passes_exactly_where_the_table_says()
    {
        var pairs = new (Nat Left, Nat Right, bool Passes)[]
        {
            (Nat.PortRestricted, Nat.PortRestricted, true),
            (Nat.AddressRestricted, Nat.PortRestricted, true),
            (Nat.FirewalledIpv6, Nat.FirewalledIpv6, true),
            (Nat.PortRestricted, Nat.Symmetric, false),
            (Nat.Symmetric, Nat.Symmetric, false),
            (Nat.HttpsOnly, Nat.PortRestricted, false),
        };
        var server = _lab.AddPublic("server");
        var machines = pairs.Select(pair => (Left: Behind(pair.Left), Right: Behind(pair.Right))).ToArray();
        var provider = _lab.AddRouter("provider", Nat.PortRestricted, isProvider: true);
        var twice = _lab.AddMachine(_lab.AddRouterBehind(provider, "inner", Nat.PortRestricted), "twice");
        var once = Behind(Nat.PortRestricted);
        _lab.Start();

        var (throughTwo, passed) = (OpenAsync(server, twice, once), Task.WhenAll(machines.Select(OpenPairAsync)));
        Assert.Equal(pairs, pairs.Zip(await passed, (pair, passes) => (pair.Left, pair.Right, passes)));
        Assert.True(await throughTwo);

        Task<bool> OpenPairAsync((LabMachine Left, LabMachine Right) pair) => OpenAsync(server, pair.Left, pair.Right);
    }

    [Fact]
    public async Task Line_delays_and_loses_packets()
    {
        var quality = new LineQuality(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(5), 0.05);
        var (near, far) = (_lab.AddPublic("near", quality), _lab.AddPublic("far"));
        _lab.Start();
        using var target = InNamespace.Run(far.Namespace, () => new UdpClient(new IPEndPoint(IPAddress.Any, 0)));
        // SO_RCVBUFFORCE: the whole burst fits, so that only the line loses packets.
        target.Client.SetRawSocketOption(1, 33, BitConverter.GetBytes(8 << 20));
        using var source = InNamespace.Run(near.Namespace, () => new UdpClient(new IPEndPoint(IPAddress.Any, 0)));
        var to = new IPEndPoint(far.Ipv4!, RawTcp.PortOf(target.Client));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var received = new int[4];
        var reading = ReadAsync();

        // The first packet waits for the address resolution, whose packets can be lost as well.
        await PassAsync(0);
        var start = TimeProvider.System.GetTimestamp();
        await PassAsync(1);
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= quality.Delay);

        for (var i = 0; i < 1000; i++)
        {
            await source.SendAsync(new byte[] { 2 }, to, patience.Token);
        }

        // No packet overtakes another.
        await PassAsync(3);
        await reading;
        Assert.InRange(received[2], 900, 990);

        Task PassAsync(byte mark) =>
            Eventually.True(
                async () =>
                {
                    await source.SendAsync(new[] { mark }, to, patience.Token);
                    return Volatile.Read(ref received[mark]) > 0;
                },
                TimeSpan.FromSeconds(10),
                $"packet {mark} passes"
            );

        async Task ReadAsync()
        {
            while (received[3] == 0)
            {
                var packet = await target.ReceiveAsync(patience.Token);
                Interlocked.Increment(ref received[packet.Buffer[0]]);
            }
        }
    }

    [Fact]
    public void Namespaces_of_a_killed_run_are_removed()
    {
        _lab.AddPublic("alive");
        _lab.Start();
        var dead = NamespaceNames.NewPrefix().Replace($"-{Environment.ProcessId}-", "-1-", StringComparison.Ordinal);
        Script.Run($"ip netns add {dead}");

        NamespaceNames.RemoveLeftovers();

        var names = Script.Run("ip netns list");
        Assert.DoesNotContain(dead, names, StringComparison.Ordinal);
        Assert.Contains("-alive", names, StringComparison.Ordinal);
    }

    private LabMachine Behind(Nat nat)
    {
        var name = $"{nat}{Interlocked.Increment(ref _routers)}";
        return _lab.AddMachine(_lab.AddRouter($"{name}router", nat), name);
    }

    private static Task<ProductProcess> StartCoturnAsync(LabMachine server, IPAddress second) =>
        ProductProcess.StartCommandAsync(
            [
                "ip",
                "netns",
                "exec",
                server.Namespace,
                "turnserver",
                "-n",
                "--no-auth",
                "-L",
                $"{server.Ipv4}",
                "-L",
                $"{second}",
                "-p",
                $"{StunPort}",
                "--alt-listening-port=3488",
                "--no-tls",
                "--no-dtls",
                "--no-cli",
                "--log-file=stdout",
                "--simple-log",
                "--pidfile=",
            ],
            _ =>
                Task.FromResult(
                    Script.TryRun(
                        $"ip netns exec {server.Namespace} timeout 1 turnutils_stunclient -p {StunPort} {server.Ipv4}",
                        out var _
                    )
                ),
            new Dictionary<string, string>()
        );

    private static async Task<bool> OpenAsync(LabMachine server, LabMachine left, LabMachine right)
    {
        using var service = RawTcp.Bound(left.Ipv4 is null ? server with { Ipv4 = null } : server, 0);
        service.Listen();
        var address = left.Ipv4 is null ? server.Ipv6! : server.Ipv4!;
        using var leftPort = RawTcp.Bound(left, 0);
        using var rightPort = RawTcp.Bound(right, 0);
        var toLeft = await RawTcp.MappingAsync(left, RawTcp.PortOf(leftPort), service, address);
        var toRight = await RawTcp.MappingAsync(right, RawTcp.PortOf(rightPort), service, address);
        if (toLeft is null || toRight is null)
        {
            return false;
        }

        var one = RawTcp.ConnectAsync(left, RawTcp.PortOf(leftPort), toRight);
        var two = RawTcp.ConnectAsync(right, RawTcp.PortOf(rightPort), toLeft);
        using var fromLeft = await one;
        using var fromRight = await two;
        Assert.Equal(fromLeft is null, fromRight is null);
        return fromLeft is not null;
    }
}
