using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Client;
using P2PChat.Peer.Api;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

/// <summary>The port of the page, across restarts of a peer.</summary>
public sealed class PagePortTests
{
    [Fact]
    public async Task Page_port_is_taken_again_when_it_is_free()
    {
        using var alices = new TempDirectory();
        using var bobs = new TempDirectory();
        int alicesPort;
        int bobsPort;
        await using (var alice = await StartAsync("alice", alices))
        await using (var bob = await StartAsync("bob", bobs))
        {
            (alicesPort, bobsPort) = (alice.Address.Port, bob.Address.Port);
        }

        await using (var alice = await StartAsync("alice", alices))
        await using (var bob = await StartAsync("bob", bobs))
        {
            Assert.Equal((alicesPort, bobsPort), (alice.Address.Port, bob.Address.Port));
            Assert.Null(PortOf(alice).Notice);
        }

        int another;
        using (var busy = new TcpListener(IPAddress.Loopback, alicesPort))
        {
            busy.Start();
            await using (var alice = await StartAsync("alice", alices))
            {
                another = alice.Address.Port;
                Assert.NotEqual(alicesPort, another);
                Assert.StartsWith(
                    $"port {alicesPort} is in use by another program, so the page is at port {another} for now.",
                    PortOf(alice).Notice,
                    StringComparison.Ordinal
                );
            }

            await using (var alice = await StartAsync("alice", alices))
            {
                Assert.Equal((another, null), (alice.Address.Port, PortOf(alice).Notice));
            }
        }

        await using (var alice = await StartAsync("alice", alices))
        {
            Assert.Equal(alicesPort, alice.Address.Port);
        }

        // A configured port is neither remembered nor replaced.
        await using (var alice = await StartAsync("alice", alices, ("Api", "0")))
        {
            Assert.NotEqual(alicesPort, alice.Address.Port);
        }

        Assert.Equal(
            $"{alicesPort}\n{another}",
            await File.ReadAllTextAsync(Path.Combine(alices.Path, ApiFileNames.Port))
        );
    }

    private static PagePort PortOf(TestPeer peer) => peer.Services.GetRequiredService<PagePort>();

    // No directory answers there, which does not matter.
    private static Task<TestPeer> StartAsync(
        string name,
        TempDirectory data,
        params (string Key, string Value)[] settings
    ) => TestPeer.StartAsync(name, "http://127.0.0.1:9", data.Path, [("Api", ""), .. settings]);
}
