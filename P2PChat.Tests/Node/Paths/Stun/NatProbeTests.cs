using System.Net;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Paths.Stun;
using P2PChat.Node.Storage;
using P2PChat.Tests.Discovery;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths.Stun;

/// <summary>A peer that learns about its NAT from the STUN server of a real directory.</summary>
public sealed class NatProbeTests
{
    private static readonly IPAddress Public = IPAddress.Parse("198.51.100.7");
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Probe_reports_the_mapping_behaviour_of_each_transport()
    {
        await using var nat = FakeStun.Start("127.0.0.1", "127.0.0.2");
        // UDP is mapped by its source, TCP also by its destination.
        nat.Map = arrival => new IPEndPoint(Public, arrival.Client.Port ^ (arrival.IsTcp ? 1 << arrival.Port : 0));
        await using var directory = await DirectoryFixture.StartAsync(nat.DirectorySettings);
        await using var peer = await TestPeer.StartAsync("alice", directory.Http.BaseAddress!.ToString());
        await peer.RegisteredAsync();
        var probe = peer.Services.GetRequiredService<INatProbe>();
        var reflexive = peer.Services.GetRequiredService<ReflexiveAddresses>();
        var port = peer.Services.GetRequiredService<SharedPort>().Port;
        await Eventually.True(
            () => reflexive.Current is [var only] && only.Equals(new IPEndPoint(Public, port ^ 1)),
            Soon,
            "the peer knows the public address of its port"
        );

        var (udp, tcp) = await ProbeAsync();
        Assert.Equal((NatMapping.EndpointIndependent, Public), (udp.Mapping, udp.Public!.Address));
        Assert.Equal(NatMapping.AddressAndPortDependent, tcp.Mapping);
        Assert.Equal((new IPEndPoint(IPAddress.Loopback, port), port ^ 1), (tcp.Local, tcp.Public!.Port));
        Assert.NotNull(tcp.RoundTrip);

        // The other way around, and UDP with a mapping for each address.
        nat.Map = arrival => new IPEndPoint(Public, arrival.Client.Port ^ (arrival.IsTcp ? 0 : arrival.Address));
        (udp, tcp) = await ProbeAsync();
        Assert.Equal((NatMapping.AddressDependent, NatMapping.EndpointIndependent), (udp.Mapping, tcp.Mapping));

        // A firewall that lets TCP to one port pass.
        nat.Map = arrival => arrival is { IsTcp: true, Port: 0 } ? new IPEndPoint(Public, arrival.Client.Port) : null;
        (udp, tcp) = await ProbeAsync();
        Assert.Equal((NatMapping.Unreachable, null), (udp.Mapping, udp.Public));
        Assert.Equal(NatMapping.Unknown, tcp.Mapping);

        // Nothing is asked while the address is hidden.
        peer.Services.GetRequiredService<Preferences>().Choose(Preferences.HideAddressName, Preferences.On);
        await Eventually.True(() => reflexive.Current.Count == 0, Soon, "the public address is forgotten");
        var asked = nat.Arrivals.Count;
        Assert.Equal(NatProbeState.Hidden, (await probe.ProbeAsync(CancellationToken.None)).State);
        Assert.Equal(asked, nat.Arrivals.Count);

        async Task<(NatObservation Udp, NatObservation Tcp)> ProbeAsync()
        {
            var report = await probe.ProbeAsync(CancellationToken.None);
            Assert.Equal(NatProbeState.Done, report.State);
            Assert.Equal([false, false], report.Observations.Select(each => each.IsIPv6));
            return (report.Observations[0], report.Observations[1]);
        }
    }

    [Fact]
    [Trait("Requires", "Coturn")]
    public async Task Probe_finds_no_NAT_with_the_coturn_server()
    {
        var (port, other) = (LoopbackPort.Next(), LoopbackPort.Next());
        await using var coturn = await ProductProcess.StartCommandAsync(
            Coturn.Command(port, other),
            _ => Task.FromResult(!LoopbackPort.IsFree(port) && !LoopbackPort.IsFree(other)),
            new Dictionary<string, string>()
        );
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:Stun:Addresses:0=127.0.0.1",
            "Directory:Stun:AlternateAddress=127.0.0.2",
            $"Directory:Stun:Ports:0={port}",
            $"Directory:Stun:Ports:1={other}"
        );
        await using var peer = await TestPeer.StartAsync("alice", directory.Http.BaseAddress!.ToString());
        await peer.RegisteredAsync();

        var report = await peer.Services.GetRequiredService<INatProbe>().ProbeAsync(CancellationToken.None);

        Assert.Equal(
            [(NatTransport.Udp, NatMapping.None), (NatTransport.Tcp, NatMapping.None)],
            report.Observations.Select(each => (each.Transport, each.Mapping))
        );
    }

    [Fact]
    public async Task Probe_without_a_server_says_why()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        await using var peer = await TestPeer.StartAsync("alice", directory.Http.BaseAddress!.ToString());
        await peer.RegisteredAsync();
        var probe = peer.Services.GetRequiredService<INatProbe>();

        Assert.Equal(NatProbeState.NotOffered, (await probe.ProbeAsync(CancellationToken.None)).State);

        await using var without = await TestPeer.StartAsync(
            "bob",
            directory.Http.BaseAddress!.ToString(),
            settings: [("Stun", "false")]
        );
        var disabled = await without.Services.GetRequiredService<INatProbe>().ProbeAsync(CancellationToken.None);
        Assert.Equal((NatProbeState.Disabled, 0), (disabled.State, disabled.Observations.Count));
    }
}
