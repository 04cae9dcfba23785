using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;
using EventReader = P2PChat.Tests.Discovery.EventReader;

namespace P2PChat.Tests.Upgrade;

/// <summary>Replicas of the directory and peers are replaced by this build one after another, while people talk.</summary>
[Collection(Alone.Name)]
public sealed class RollingUpgradeTests(PreviousBuild builds) : IClassFixture<PreviousBuild>, IAsyncLifetime
{
    // A busy machine takes its time to replace a replica; a renewal is never far.
    private static readonly string[] Terms =
    [
        "--Directory:Lease=00:01:00",
        "--Directory:RenewEvery=00:00:02",
        "--Directory:RateLimits:Enabled=false",
    ];

    private readonly string _dataRoot = Directory.CreateTempSubdirectory("p2pchat-upgrade-").FullName;
    private readonly Stack<IAsyncDisposable> _started = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        while (_started.TryPop(out var each))
        {
            await each.DisposeAsync();
        }

        Directory.Delete(_dataRoot, recursive: true);
    }

    [UpgradeFact]
    [Trait("Requires", "History")]
    public async Task While_all_is_replaced_no_message_no_name_and_no_lease_is_lost()
    {
        var redis = Keep(await RedisServer.StartAsync());
        string[] settings = [$"--ConnectionStrings:redis={redis.ConnectionString}", .. Terms];
        Uri[] addresses = [Address(), Address()];
        var replicas = new List<ProductProcess>();
        foreach (var address in addresses)
        {
            replicas.Add(Keep(await StartDirectoryAsync(builds.Old, address, settings)));
        }

        // Each at a replica of its own.
        var alice = Keep(new UpgradingPeer("alice", addresses[0], _dataRoot));
        var bob = Keep(new UpgradingPeer("bob", addresses[1], _dataRoot));
        UpgradingPeer[] peers = [alice, bob];
        foreach (var peer in peers)
        {
            await peer.StartAsync(builds.Old);
        }

        var ids = (await alice.PeerIdAsync(), await bob.PeerIdAsync());
        var begin = await EventIdAsync(addresses[0]);
        await alice.ConnectAsync(bob);
        var flows = new[] { Keep(new MessageFlow(alice, bob)), Keep(new MessageFlow(bob, alice)) };
        await FlowAsync(flows);

        for (var replica = 0; replica < replicas.Count; replica++)
        {
            Assert.Equal(0, await replicas[replica].EndAsync());
            await FlowAsync(flows);
            Keep(await StartDirectoryAsync(builds.New, addresses[replica], settings));
            await FlowAsync(flows);
        }

        // One that lost its lease would have left, or registered anew. An old event id holds at a new replica.
        Assert.Empty(await EventsAsync(addresses[1], begin));
        foreach (var peer in peers)
        {
            // In the middle of it: what is on its way and what waits is in the two stores.
            await peer.EndAsync();
            await peer.StartAsync(builds.New);
            await peer.ConnectAsync(peers.Single(other => other != peer));
            await FlowAsync(flows);
        }

        Assert.True(await flows[0].EndAsync() > 300);
        Assert.True(await flows[1].EndAsync() > 300);
        Assert.Equal(ids, (await alice.PeerIdAsync(), await bob.PeerIdAsync()));
        Assert.All(await Task.WhenAll(peers.Select(peer => peer.DirectoryAsync())), state =>
            Assert.Equal("registered", state)
        );
        // Each has left once, to be replaced.
        Assert.Equal(
            ["alice joined", "alice left unregistered", "bob joined", "bob left unregistered"],
            await EventsAsync(addresses[0], begin)
        );
    }

    [UpgradeFact]
    [Trait("Requires", "History")]
    public async Task Peers_that_are_killed_with_messages_waiting_and_on_their_way_go_on_with_them_in_the_new_build()
    {
        var address = Address();
        Keep(await StartDirectoryAsync(builds.New, address, Terms));
        var alice = Keep(new UpgradingPeer("alice", address, _dataRoot));
        var bob = Keep(new UpgradingPeer("bob", address, _dataRoot));
        foreach (var peer in new[] { alice, bob })
        {
            await peer.StartAsync(builds.Old);
        }

        await alice.ConnectAsync(bob);
        var flows = new[] { Keep(new MessageFlow(alice, bob)), Keep(new MessageFlow(bob, alice)) };
        await FlowAsync(flows);

        // On their way: the other lives on in the old build.
        await alice.KillAsync();
        await alice.StartAsync(builds.New);
        await FlowAsync(flows);

        // Waiting: written by the old build while the other is dead, and nobody lives until both are of the new one.
        await alice.KillAsync();
        await flows[1].QueueAsync();
        await bob.KillAsync();
        await alice.StartAsync(builds.New);
        await bob.StartAsync(builds.New);
        await FlowAsync(flows);
        foreach (var flow in flows)
        {
            Assert.True(await flow.EndAsync() > 100);
        }
    }

    [UpgradeFact]
    [Trait("Requires", "History")]
    public async Task A_new_peer_and_an_old_one_talk_by_an_old_directory()
    {
        var address = Address();
        Keep(await StartDirectoryAsync(builds.Old, address, Terms));
        var alice = Keep(new UpgradingPeer("alice", address, _dataRoot));
        var bob = Keep(new UpgradingPeer("bob", address, _dataRoot));
        await alice.StartAsync(builds.New);
        await bob.StartAsync(builds.Old);

        await alice.ConnectAsync(bob);
        var flows = new[] { Keep(new MessageFlow(alice, bob)), Keep(new MessageFlow(bob, alice)) };
        await FlowAsync(flows);
        foreach (var flow in flows)
        {
            _ = await flow.EndAsync();
        }
    }

    private static Uri Address() => new($"http://127.0.0.1:{LoopbackPort.Next()}");

    private static Task<ProductProcess> StartDirectoryAsync(Build build, Uri address, params string[] settings) =>
        ProductProcess.StartAsync(build.Discovery, address, [$"--urls={address}", .. settings]);

    private static Task FlowAsync(IEnumerable<MessageFlow> flows) =>
        Task.WhenAll(flows.Select(flow => flow.MoveAsync(50)));

    private static async Task<string> EventIdAsync(Uri directory)
    {
        using var http = new HttpClient { BaseAddress = directory };
        await using var events = await EventReader.OpenAsync(http, "/peers/events", lastEventId: null);
        return events.LastId;
    }

    /// <summary>What has happened since then, to whom, and why.</summary>
    private static async Task<IReadOnlyList<string>> EventsAsync(Uri directory, string since)
    {
        using var http = new HttpClient { BaseAddress = directory };
        await using var events = await EventReader.OpenAsync(http, "/peers/events", since);
        var happened = new List<string>();
        // What was missed comes before a block that is only an id.
        for (var next = await events.NextBlockAsync(); next.Name.Length > 0; next = await events.NextBlockAsync())
        {
            happened.Add($"{next.Data?.Username} {next.Name} {next.Data?.Reason}".Trim());
        }

        return [.. happened.Order(StringComparer.Ordinal)];
    }

    private T Keep<T>(T started)
        where T : IAsyncDisposable
    {
        _started.Push(started);
        return started;
    }
}
