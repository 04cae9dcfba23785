using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Discovery.Stun;

/// <summary>The directory's STUN server on real sockets.</summary>
public sealed class StunServerTests
{
    private static readonly string[] OnFreePorts =
    [
        "Directory:Stun:Enabled=true",
        "Directory:Stun:Ports:0=0",
        "Directory:Stun:Ports:1=0",
    ];

    [Fact]
    public async Task Both_ports_answer_over_UDP_and_TCP()
    {
        await using var directory = await DirectoryFixture.StartAsync([
            .. OnFreePorts,
            "Directory:Stun:Addresses:0=::",
            "Directory:Stun:Host=stun.example",
        ]);
        var reach = await ReachAsync(directory);

        Assert.Equal((2, "stun.example", false), (reach.StunPorts.Count, reach.StunHost, reach.HasAlternateStun));
        foreach (var port in reach.StunPorts)
        {
            foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
            {
                foreach (var tcp in new[] { false, true })
                {
                    using var asker = await StunAsker.ConnectAsync(new IPEndPoint(address, port), tcp);
                    // A connection takes any number of requests.
                    Assert.Equal(asker.Local, await asker.MappedAsync());
                    Assert.Equal(asker.Local, await asker.MappedAsync());
                }
            }
        }

        Assert.Contains(directory.Logs.All, text =>
            text.StartsWith("The STUN server listens on ::,", StringComparison.Ordinal)
        );
        Assert.Empty(directory.Logs.Warnings);
    }

    [Fact]
    public async Task Directory_on_loopback_has_no_STUN_server_by_default()
    {
        await using var directory = await DirectoryFixture.StartAsync();

        var reach = await ReachAsync(directory);

        Assert.Empty(reach.StunPorts);
        Assert.Equal((null, false), (reach.StunHost, reach.HasAlternateStun));
    }

    [Fact]
    public async Task Port_in_use_is_logged_and_bound_when_free()
    {
        var port = LoopbackPort.Next();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, port));
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:Stun:Addresses:0=127.0.0.1",
            $"Directory:Stun:Ports:0={port}",
            "Directory:Stun:Ports:1=0"
        );

        var warning = Assert.Single(directory.Logs.Warnings);
        Assert.StartsWith(
            $"The STUN server cannot listen on 127.0.0.1:{port} over Udp",
            warning,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(port, (await ReachAsync(directory)).StunPorts);
        using var other = await StunAsker.ConnectAsync(
            new IPEndPoint(IPAddress.Loopback, (await ReachAsync(directory)).StunPorts.Single())
        );
        Assert.Equal(other.Local, await other.MappedAsync());

        taken.Dispose();
        await Eventually.True(
            async () => (await ReachAsync(directory)).StunPorts is [var first, _] && first == port,
            TimeSpan.FromSeconds(10),
            "the free port is used"
        );
        using var asker = await StunAsker.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Assert.Equal(asker.Local, await asker.MappedAsync());
    }

    [Fact]
    public async Task Second_replica_takes_over_the_ports_of_the_first()
    {
        string[] settings =
        [
            "Directory:Stun:Addresses:0=127.0.0.1",
            $"Directory:Stun:Ports:0={LoopbackPort.Next()}",
            $"Directory:Stun:Ports:1={LoopbackPort.Next()}",
        ];
        var first = await DirectoryFixture.StartAsync(settings);
        await using var second = await DirectoryFixture.StartAsync(settings);

        var reach = await ReachAsync(second);
        Assert.Equal((await ReachAsync(first)).StunPorts, reach.StunPorts);
        Assert.Equal(
            2,
            second.Logs.All.Count(text => text.StartsWith("Another STUN server", StringComparison.Ordinal))
        );
        Assert.Empty(second.Logs.Warnings);

        await first.DisposeAsync();
        await Eventually.True(
            () => second.Logs.All.Any(text => text.StartsWith("The STUN server now listens", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(10),
            "the second replica has the ports"
        );
        using var asker = await StunAsker.ConnectAsync(
            new IPEndPoint(IPAddress.Loopback, reach.StunPorts[1]),
            tcp: true
        );
        Assert.Equal(asker.Local, await asker.MappedAsync());
    }

    [Fact]
    [Trait("Requires", "Coturn")]
    public async Task Coturn_client_agrees_with_the_server()
    {
        var (http, stun) = (LoopbackPort.Next(), LoopbackPort.Next());
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:Stun:Addresses:0=127.0.0.1",
            "Directory:Stun:AlternateAddress=127.0.0.2",
            $"Directory:Stun:Ports:0={stun}",
            $"Directory:Stun:Ports:1={http}"
        );
        var reach = await ReachAsync(directory);
        Assert.True(reach.HasAlternateStun);

        var plain = await RunAsync("turnutils_stunclient", "-p", $"{stun}", "127.0.0.1");
        Assert.Contains("UDP reflexive addr: 127.0.0.1:", plain, StringComparison.Ordinal);

        // Padded, so that the server names its other address; then it answers from there.
        var discovery = await RunAsync("turnutils_natdiscovery", "-m", "-f", "-P", "-p", $"{stun}", "127.0.0.1");
        Assert.Contains("NAT with Endpoint Independent Mapping", discovery, StringComparison.Ordinal);
        Assert.Contains("NAT with Endpoint Independent Filtering", discovery, StringComparison.Ordinal);
    }

    internal static async Task<DirectoryReach> ReachAsync(DirectoryFixture directory)
    {
        var info = await directory.Http.GetFromJsonAsync<DirectoryInfo>("/directory", JsonSerializerOptions.Web);
        return info!.Reach!;
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        // The programs wait forever for a response that is lost.
        using var process = Process.Start(
            new ProcessStartInfo("timeout", ["20", program, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync() + await error;
        await process.WaitForExitAsync();
        return output;
    }
}
