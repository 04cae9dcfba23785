using P2PChat.Client;
using P2PChat.Tests.Infrastructure;
using Xunit.Abstractions;

namespace P2PChat.Tests.Network;

/// <summary>Changes the network during a conversation. No message may be lost or come twice.</summary>
[Collection(NetworkLab.Collection)]
[Trait("Requires", "NetworkLab")]
public sealed class ChangingNetworkTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan FindsPathWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FlowsWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GivesWayWithin = TimeSpan.FromSeconds(10);

    private readonly ITestOutputHelper _output;
    private readonly Lab _lab = new();
    private readonly List<IAsyncDisposable> _programs = [];
    private readonly LabMachine _server;

    public ChangingNetworkTests(ITestOutputHelper output) => (_output, _server) = (output, _lab.AddPublic("directory"));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_programs.Select(program => program.DisposeAsync().AsTask()));

    // After DisposeAsync.
    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Conversation_follows_each_change_and_loses_nothing()
    {
        var home = _lab.AddRouter("home", Nat.PortRestricted);
        var cafe = _lab.AddRouter("cafe", Nat.Symmetric);
        var bobRouter = _lab.AddRouter("bobs", Nat.PortRestricted);
        var aliceMachine = _lab.AddMachine(home, "alice");
        var (alice, bob) = await StartAsync(aliceMachine, _lab.AddMachine(bobRouter, "bob"));
        await alice.Api.ConnectAsync(bob.Name);
        await HaveAsync(alice, bob, PathKind.Punched, FindsPathWithin);

        await using var chat = new SteadyChat(alice, bob);
        _ = await chat.FlowsAsync();
        // Both networks give Alice's machine the same private address.
        _ = _lab.Move(aliceMachine, cafe);
        await FlowAsync(chat, FlowsWithin, "another network");
        await HaveAsync(alice, bob, PathKind.Relayed, FindsPathWithin);
        _ = _lab.Move(aliceMachine, home);
        await FlowAsync(chat, FlowsWithin, "the first network again");
        await HaveAsync(alice, bob, PathKind.Punched, FindsPathWithin);

        // Packets of the punched path vanish without an answer, while both still reach the directory.
        Lab.Cut(home, bobRouter.Public);
        await FlowAsync(chat, GivesWayWithin, "a cut path");
        await HaveAsync(alice, bob, PathKind.Relayed, FindsPathWithin);
        await chat.EndAsync();
    }

    private async Task FlowAsync(SteadyChat chat, TimeSpan within, string after)
    {
        var took = await chat.FlowsAsync();
        _output.WriteLine($"after {after}, messages flow within {took.TotalSeconds:0.0} s");
        Assert.True(took <= within, $"After {after}, messages flow only after {took.TotalSeconds:0.0} s.");
    }

    private static async Task HaveAsync(LabPeer alice, LabPeer bob, PathKind path, TimeSpan within)
    {
        try
        {
            await Eventually.True(
                async () => await alice.PathToAsync(bob.Name) == path && await bob.PathToAsync(alice.Name) == path,
                within,
                $"both sides show {path}",
                Eventually.LongPause
            );
        }
        catch (TimeoutException exception)
        {
            var (mine, theirs) = (await alice.PathToAsync(bob.Name), await bob.PathToAsync(alice.Name));
            throw new TimeoutException(
                $"{exception.Message}, but {mine} and {theirs}\n{alice.Output}\n{bob.Output}",
                exception
            );
        }
    }

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
