using P2PChat.Client;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>Changes the network during a conversation. No message may be lost or come twice.</summary>
[Trait("Requires", "NetworkLab")]
public sealed class ChangingNetworkTests : IAsyncDisposable
{
    private static readonly TimeSpan FindsPathWithin = TimeSpan.FromSeconds(30);

    // The promise is 10 s from the last answer; the rest is for a loaded machine.
    private static readonly TimeSpan GivesWayWithin = TimeSpan.FromSeconds(15);

    private readonly Lab _lab = new();
    private readonly List<IAsyncDisposable> _programs = [];
    private readonly LabMachine _server;

    public ChangingNetworkTests() => _server = _lab.AddPublic("directory");

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_programs.Select(program => program.DisposeAsync().AsTask()));
        _lab.Dispose();
    }

    [Fact]
    public async Task Conversation_moves_with_the_peer_and_loses_nothing()
    {
        var home = _lab.AddRouter("home", Nat.PortRestricted);
        var cafe = _lab.AddRouter("cafe", Nat.Symmetric);
        var aliceMachine = _lab.AddMachine(home, "alice");
        var bobMachine = _lab.AddMachine(_lab.AddRouter("bobs", Nat.PortRestricted), "bob");
        var (alice, bob) = await StartAsync(aliceMachine, bobMachine);
        await alice.Api.ConnectAsync(bob.Name);
        await HaveAsync(alice, bob, PathKind.Punched);

        await using var chat = new SteadyChat(alice, bob);
        await chat.FlowsAsync();
        _ = _lab.Move(aliceMachine, cafe);
        await HaveAsync(alice, bob, PathKind.Relayed);
        await chat.FlowsAsync();
        _ = _lab.Move(aliceMachine, home);
        await HaveAsync(alice, bob, PathKind.Punched);
        await chat.FlowsAsync();

        await chat.EndAsync();
    }

    [Fact]
    public async Task Path_that_stops_carrying_gives_way_to_the_relay()
    {
        var aliceRouter = _lab.AddRouter("alices", Nat.PortRestricted);
        var bobRouter = _lab.AddRouter("bobs", Nat.PortRestricted);
        var (alice, bob) = await StartAsync(_lab.AddMachine(aliceRouter, "alice"), _lab.AddMachine(bobRouter, "bob"));
        await alice.Api.ConnectAsync(bob.Name);
        await HaveAsync(alice, bob, PathKind.Punched);

        await using var chat = new SteadyChat(alice, bob);
        await chat.FlowsAsync();
        Lab.Cut(aliceRouter, bobRouter.Public);
        await Eventually.True(
            async () => await alice.PathToAsync(bob.Name) == PathKind.Relayed,
            GivesWayWithin,
            $"the relay takes over: {alice.Output}{bob.Output}"
        );
        await chat.FlowsAsync();

        await chat.EndAsync();
    }

    private static Task HaveAsync(LabPeer alice, LabPeer bob, PathKind path) =>
        Eventually.True(
            async () => await alice.PathToAsync(bob.Name) == path && await bob.PathToAsync(alice.Name) == path,
            FindsPathWithin,
            $"both sides show {path}: {alice.Output}{bob.Output}"
        );

    private async Task<(LabPeer Alice, LabPeer Bob)> StartAsync(LabMachine alice, LabMachine bob)
    {
        _lab.Start();
        var directory = LabDirectory.AddressFor(_server, ipv6: false);
        _programs.Add(await LabDirectory.StartAsync(_server));
        var peers = await Task.WhenAll(
            LabPeer.StartAsync("alice", alice, directory),
            LabPeer.StartAsync("bob", bob, directory)
        );
        _programs.AddRange(peers);
        return (peers[0], peers[1]);
    }
}
