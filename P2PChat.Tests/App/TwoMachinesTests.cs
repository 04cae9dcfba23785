using System.Text.RegularExpressions;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;
using static P2PChat.Tests.Infrastructure.NetworkNamespaces;

namespace P2PChat.Tests.App;

/// <summary>Two people on two machines: network namespaces with a cable between them. Needs root.</summary>
[Trait("Requires", "Root")]
public sealed partial class TwoMachinesTests : IDisposable
{
    private const string Directory = "http://10.77.0.1:6200";
    private const string JoinToken = "only-for-members";

    private readonly TempDirectory _alice = new();
    private readonly TempDirectory _bob = new();
    private readonly NetworkNamespaces _networks = new();

    public TwoMachinesTests()
    {
        foreach (var (machine, address) in new[] { (_networks.Left, "10.77.0.1"), (_networks.Right, "10.77.0.2") })
        {
            Ip($"-n {machine} address add {address}/24 dev {Cable}");
            Ip($"-n {machine} link set {Cable} up");
        }
    }

    public void Dispose()
    {
        _networks.Dispose();
        _alice.Dispose();
        _bob.Dispose();
    }

    [Fact]
    public async Task Invited_friend_joins_and_both_are_verified()
    {
        await using var alice = Up();
        var link = await InviteAsync(alice);

        await using var bob = Join(link);
        await bob.PrintsAsync("connected to alice");
        await bob.TypeAsync("send alice hello\n");
        await alice.PrintsAsync("bob: hello");
        await alice.TypeAsync("send bob hi\n");
        await bob.PrintsAsync("alice: hi");

        await bob.TypeAsync("contacts\n");
        await bob.PrintsAsync("verified by invite");
        await alice.TypeAsync("contacts\n");
        await alice.PrintsAsync("joined by your invite");
        Assert.DoesNotContain("unverified", alice.Output + bob.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inviter_and_friend_who_are_never_online_together_exchange_messages()
    {
        using var data = new TempDirectory();
        await using var directory = Start(
            _networks.Left,
            _alice,
            "directory",
            "--urls",
            Directory,
            "--Directory:JoinToken",
            JoinToken,
            "--Directory:Data",
            data.Path
        );
        string link;
        await using (var alice = Alice())
        {
            link = await InviteAsync(alice);
            await ExitAsync(alice);
        }

        await using (var bob = Join(link))
        {
            await bob.TypeAsync("send alice hello\n");
            await ExitAsync(bob);
        }

        await using (var alice = Alice())
        {
            await alice.PrintsAsync("bob: hello");
            await alice.TypeAsync("send bob hi\n");
            await ExitAsync(alice);
        }

        await using (var bob = Start(_networks.Right, _bob, "peer", "bob"))
        {
            await bob.PrintsAsync("alice: hi");
            await bob.TypeAsync("contacts\n");
            await bob.PrintsAsync("verified by invite");
        }
    }

    [Fact]
    public async Task Friend_is_reached_after_the_inviters_machine_has_another_address()
    {
        await using var first = Up();
        var link = await InviteAsync(first);
        await using var bob = Join(link);
        await first.PrintsAsync("connected to bob");
        await ExitAsync(first);

        Ip($"-n {_networks.Left} address del 10.77.0.1/24 dev {Cable}");
        Ip($"-n {_networks.Left} address add 10.77.0.9/24 dev {Cable}");
        await bob.PrintsAsync("cannot be reached");
        await using var alice = Up();
        await alice.TypeAsync("send bob moved\n");
        await bob.PrintsAsync("alice: moved");
        await Eventually.True(
            () => LinesWith(bob, "registered in the directory") >= 2,
            TimeSpan.FromSeconds(30),
            $"bob is registered at the new address: {bob.Output}"
        );

        // Without a link, only the directory knows where alice is.
        await bob.TypeAsync("disconnect alice\nconnect alice\n");
        await Eventually.True(
            () => LinesWith(bob, "connected to alice") >= 3,
            TimeSpan.FromSeconds(30),
            $"bob finds alice in the directory: {bob.Output}"
        );
        await bob.TypeAsync("send alice hi\n");
        await alice.PrintsAsync("bob: hi");
    }

    private static int LinesWith(PeerProgram program, string text) =>
        program.Output.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));

    private static async Task<string> InviteAsync(PeerProgram alice)
    {
        await alice.PrintsAsync("registered in the directory");
        await alice.TypeAsync("invite\n");
        await Eventually.True(() => LinkPattern().IsMatch(alice.Output), TimeSpan.FromSeconds(30), "an invite link");
        return LinkPattern().Match(alice.Output).Value;
    }

    private static async Task ExitAsync(PeerProgram program)
    {
        await program.TypeAsync("exit\n");
        Assert.Equal(0, await program.ExitCodeAsync());
    }

    private PeerProgram Alice() => Start(_networks.Left, _alice, "peer", "alice", "--discovery", Directory);

    private PeerProgram Up() => Start(_networks.Left, _alice, "up", "alice", "--lan");

    private PeerProgram Join(string link) => Start(_networks.Right, _bob, "join", link, "bob", "--yes");

    private static PeerProgram Start(string machine, TempDirectory home, params string[] arguments) =>
        PeerProgram.StartIn(
            machine,
            AppProcess.Assembly,
            new Dictionary<string, string>
            {
                ["XDG_DATA_HOME"] = home.Path,
                ["Peer__JoinToken"] = arguments is ["peer", "alice", ..] ? JoinToken : "",
                ["Directory__Lease"] = arguments is ["up", ..] ? "00:00:02" : "00:00:30",
                ["Directory__RenewEvery"] = arguments is ["up", ..] ? "00:00:01" : "00:00:10",
                ["DISPLAY"] = "",
                ["WAYLAND_DISPLAY"] = "",
            },
            arguments
        );

    [GeneratedRegex("http://10\\.77\\.0\\.1:[0-9]+/i#\\S+")]
    private static partial Regex LinkPattern();
}
