using P2PChat.Discovery.Hosting;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Peer.Cli;
using static P2PChat.Tests.Infrastructure.NetworkNamespaces;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>Peer processes in their own network namespaces, whose addresses change for real.</summary>
public sealed class MovedPeerTests
{
    [Fact, Trait("Requires", "Root")]
    public async Task Peer_is_reached_after_its_network_comes_up_or_its_address_changes()
    {
        const string Url = "http://10.213.77.1:6100";
        var quick = new Dictionary<string, string>
        {
            ["Peer__ProbeTimeout"] = "00:00:01",
            ["Peer__ReconnectAfter"] = "00:00:00.500",
        };
        using var networks = new NetworkNamespaces();
        Ip($"-n {networks.Right} addr add 10.213.77.1/24 dev {Cable}");
        Ip($"-n {networks.Right} link set {Cable} up");
        using var alices = new TempDirectory();
        using var bobs = new TempDirectory();
        await using var directory = PeerProgram.StartIn(
            networks.Right,
            typeof(DiscoveryApp).Assembly.Location,
            quick,
            "--urls",
            Url
        );
        await using var bob = PeerProgram.StartIn(
            networks.Right,
            PeerProgram.Assembly,
            quick,
            "bob",
            "--discovery",
            Url,
            "--data",
            bobs.Path,
            "--accept",
            "all"
        );

        // Alice has no network yet.
        await using var alice = PeerProgram.StartIn(
            networks.Left,
            PeerProgram.Assembly,
            quick,
            "alice",
            "--discovery",
            Url,
            "--data",
            alices.Path,
            "--accept",
            "all"
        );
        await alice.PrintsAsync("* you are alice, id");
        Assert.Contains("at 127.0.0.1:", alice.Output, StringComparison.Ordinal);
        await bob.PrintsAsync("registered in the directory");

        Ip($"-n {networks.Left} link set {Cable} up");
        Ip($"-n {networks.Left} addr add 10.213.77.2/24 dev {Cable}");
        await alice.PrintsAsync("registered in the directory");
        await bob.TypeAsync("connect alice\n");
        await bob.PrintsAsync("* connected to alice");

        // Alice moves to another network.
        Ip($"-n {networks.Left} addr del 10.213.77.2/24 dev {Cable}");
        Ip($"-n {networks.Left} addr add 10.213.77.3/24 dev {Cable}");
        await bob.TypeAsync("send alice moved?\n");
        await Eventually.True(
            () => alice.Output.Contains("bob: moved?", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20),
            $"bob reaches alice again: {alice.Output} {bob.Output}"
        );
    }
}
