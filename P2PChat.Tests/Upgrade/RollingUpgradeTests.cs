using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;
using EventReader = P2PChat.Tests.Discovery.EventReader;

namespace P2PChat.Tests.Upgrade;

/// <summary>Replaces directory replicas and peers with this build one by one during conversations.</summary>
[Collection(Alone.Name)]
public sealed class RollingUpgradeTests(PreviousBuild builds) : IClassFixture<PreviousBuild>, IAsyncLifetime
{
    // Replacing a replica takes a while on a busy machine.
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
    public async Task Rolling_upgrade_loses_no_message_name_or_lease()
    {
        var redis = Keep(await RedisServer.StartAsync());
        string[] settings = [$"--ConnectionStrings:redis={redis.ConnectionString}", .. Terms];
        Uri[] addresses = [Address(), Address()];
        var replicas = new List<ProductProcess>();
        foreach (var address in addresses)
        {
            replicas.Add(Keep(await StartDirectoryAsync(builds.Old, address, settings)));
        }

        // Each uses a different replica.
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

        // A lost lease would show as an event. Event ids of an old replica are valid on a new one.
        Assert.Empty(await EventsAsync(addresses[1], begin));
        foreach (var peer in peers)
        {
            // In the middle of the flow: pending messages are in the two stores.
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
        // Each has left once, for its replacement.
        Assert.Equal(
            ["alice joined", "alice left unregistered", "bob joined", "bob left unregistered"],
            await EventsAsync(addresses[0], begin)
        );
    }

    [UpgradeFact]
    [Trait("Requires", "History")]
    public async Task Killed_peers_resume_pending_messages_in_the_new_build()
    {
        var (alice, bob) = await ConnectedPairAsync(directory: builds.New, alices: builds.Old);
        var flows = new[] { Keep(new MessageFlow(alice, bob)), Keep(new MessageFlow(bob, alice)) };
        await FlowAsync(flows);

        // In flight: the other keeps running the old build.
        await alice.KillAsync();
        await alice.StartAsync(builds.New);
        await FlowAsync(flows);

        // Queued: sent by the old build while the other was dead. Then both start with the new build.
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
    public async Task New_and_old_peer_talk_through_an_old_directory()
    {
        var (alice, bob) = await ConnectedPairAsync(directory: builds.Old, alices: builds.New);
        var flows = new[] { Keep(new MessageFlow(alice, bob)), Keep(new MessageFlow(bob, alice)) };
        await FlowAsync(flows);
        foreach (var flow in flows)
        {
            _ = await flow.EndAsync();
        }
    }

    [UpgradeFact]
    [Trait("Requires", "History")]
    public async Task Old_peer_shows_all_changes_and_loses_nothing()
    {
        var (alice, bob) = await ConnectedPairAsync(directory: builds.New, alices: builds.New);
        var flow = Keep(new MessageFlow(bob, alice));
        await FlowAsync([flow]);

        // The build before may know what they mean already.
        var isKnown = await bob.HasCallAsync("/api/conversations/{username}/messages/{id}/reaction");
        var first = await alice.ChangeMessagesAsync(bob, "the first answer", "👍");
        await ShowsAsync(first);
        if (!isKnown)
        {
            await Eventually.True(
                async () => first.AreShownAsText(await bob.MessagesAsync(alice, after: null)),
                TimeSpan.FromSeconds(30),
                "bob's peer shows the reaction and the delete as messages"
            );
        }

        await FlowAsync([flow]);
        await bob.EndAsync();
        // These wait for it, and it knows what they mean when it is back.
        var second = await alice.ChangeMessagesAsync(bob, "the second answer", "🎉");
        await bob.StartAsync(builds.New);
        await alice.ConnectAsync(bob);
        await ShowsAsync(second);
        Assert.True(await flow.EndAsync() > 50);
        Assert.DoesNotContain(await alice.MessagesAsync(bob, after: null), message =>
            message.GetProperty("state").GetString() is "queued" or "sent" or "lost" or "unconfirmed"
        );

        Task ShowsAsync(SentChanges changes) =>
            Eventually.True(
                async () => changes.AreShown(await bob.MessagesAsync(alice, after: null)),
                TimeSpan.FromSeconds(30),
                $"bob's peer shows '{changes.Answer}' and its edit"
            );
    }

    [UpgradeFact]
    [Trait("Requires", "History")]
    public async Task Old_peer_loses_nothing_to_a_timer_or_a_file()
    {
        var (alice, bob) = await ConnectedPairAsync(directory: builds.New, alices: builds.New);
        var flow = Keep(new MessageFlow(bob, alice));
        var file = Path.Combine(_dataRoot, "photo.jpg");
        await File.WriteAllBytesAsync(file, new byte[1000]);

        // The build before may have both already.
        await alice.SetTimerAsync(bob, TimeSpan.FromDays(7));
        var isOffered = await alice.TryOfferAsync(bob, file);
        await Eventually.True(
            async () =>
                (await bob.MessagesAsync(alice, after: null)).Any(message =>
                    message.TryGetProperty("timer", out _)
                    || message.GetProperty("text").GetString()!.Contains("1 week", StringComparison.Ordinal)
                ),
            TimeSpan.FromSeconds(30),
            "bob sees that alice has set a timer"
        );
        await FlowAsync([flow]);

        await bob.EndAsync();
        await bob.StartAsync(builds.New);
        await alice.ConnectAsync(bob);
        await FlowAsync([flow]);
        await Eventually.True(
            async () => isOffered || (isOffered = await alice.TryOfferAsync(bob, file)),
            TimeSpan.FromSeconds(30),
            "alice knows that bob's peer takes files now"
        );
        await Eventually.True(
            async () => (await bob.OfferedAsync()).SequenceEqual(["photo.jpg"]),
            TimeSpan.FromSeconds(30),
            "the file is offered to bob"
        );
        Assert.True(await flow.EndAsync() > 50);
    }

    [UpgradeFact]
    [Trait("Requires", "History")]
    public async Task Old_peer_is_invited_to_a_room_once_it_is_new()
    {
        var (alice, bob) = await ConnectedPairAsync(directory: builds.New, alices: builds.New);
        var flows = new[] { Keep(new MessageFlow(alice, bob)), Keep(new MessageFlow(bob, alice)) };
        await FlowAsync(flows);

        // The build before may have rooms already. If not, alice is told, and nothing is sent.
        var rooms = new UpgradingRoom(alice);
        var room = await rooms.CreateAsync("garden");
        await rooms.SendAsync(room, "before bob");
        var isInvited = await rooms.TryInviteAsync(room, bob);
        await rooms.SendAsync(room, "to nobody but alice");
        await FlowAsync(flows);

        await bob.EndAsync();
        await bob.StartAsync(builds.New);
        await alice.ConnectAsync(bob);
        await FlowAsync(flows);
        await Eventually.True(
            async () => isInvited || (isInvited = await rooms.TryInviteAsync(room, bob)),
            TimeSpan.FromSeconds(30),
            "alice knows that bob's peer has rooms now"
        );
        var bobs = new UpgradingRoom(bob);
        await Eventually.True(() => bobs.TryJoinAsync(room), TimeSpan.FromSeconds(30), "bob is invited and joins");
        await bobs.SendAsync(room, "from bob");
        await Eventually.True(
            async () => (await rooms.TextsAsync(room)).SequenceEqual(["before bob", "to nobody but alice", "from bob"]),
            TimeSpan.FromSeconds(30),
            "bob's message has come"
        );
        foreach (var flow in flows)
        {
            Assert.True(await flow.EndAsync() > 100);
        }
    }

    /// <summary>Starts a directory, and alice and bob, who runs the old build, and connects them.</summary>
    private async Task<(UpgradingPeer Alice, UpgradingPeer Bob)> ConnectedPairAsync(Build directory, Build alices)
    {
        var address = Address();
        Keep(await StartDirectoryAsync(directory, address, Terms));
        var alice = Keep(new UpgradingPeer("alice", address, _dataRoot));
        var bob = Keep(new UpgradingPeer("bob", address, _dataRoot));
        await alice.StartAsync(alices);
        await bob.StartAsync(builds.Old);
        await alice.ConnectAsync(bob);
        return (alice, bob);
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

    /// <summary>Reads the events since an id: kind, username, reason.</summary>
    private static async Task<IReadOnlyList<string>> EventsAsync(Uri directory, string since)
    {
        using var http = new HttpClient { BaseAddress = directory };
        await using var events = await EventReader.OpenAsync(http, "/peers/events", since);
        var happened = new List<string>();
        // Missed events precede a block that is only an id.
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
