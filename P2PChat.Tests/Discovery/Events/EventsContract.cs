using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Events;

/// <summary>The stream of peer events. Runs over each store.</summary>
public abstract class EventsContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Listener_gets_joined_updated_and_left()
    {
        await using var directory = await StartAsync();
        await using var events = await directory.ListenAsync();
        using var alice = new TestIdentity();

        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(alice);
        (await directory.UnregisterAsync(alice)).Dispose();
        await directory.RegisterAsync(alice);

        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Updated, alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Left, alice, PeerEventTypes.Unregistered);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
    }

    [Fact]
    public async Task Expired_lease_emits_one_event()
    {
        await using var directory = await StartAsync(ShortLease);
        await using var events = await directory.ListenAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();

        await directory.RegisterAsync(alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Left, alice, PeerEventTypes.Expired);
        await directory.RegisterAsync(bob);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, bob);
    }

    [Fact]
    public async Task Peer_that_returns_before_a_sweep_leaves_before_it_joins()
    {
        await using var directory = await StartAsync([.. ShortLease, NoSweep]);
        await using var events = await directory.ListenAsync();
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
        await UntilOffline(directory, alice);

        await directory.RegisterAsync(alice);

        AssertEvent(await events.NextAsync(), PeerEventTypes.Left, alice, PeerEventTypes.Expired);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
    }

    [Fact]
    public async Task Names_filter_limits_the_events()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        await using var events = await directory.ListenAsync($"{alice.Username.ToUpperInvariant()},{carol.Username}");

        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(bob);
        (await directory.UnregisterAsync(alice)).Dispose();

        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Left, alice, PeerEventTypes.Unregistered);
    }

    [Fact]
    public async Task Events_of_an_unlisted_peer_go_only_to_those_who_named_it()
    {
        await using var directory = await StartAsync();
        using var hidden = new TestIdentity();
        using var alice = new TestIdentity();
        await using var all = await directory.ListenAsync();
        await using var some = await directory.ListenAsync(hidden.Username);

        await directory.RegisterAsync(hidden, record => record.Unlisted = true);
        await directory.RegisterAsync(alice);

        AssertEvent(await all.NextAsync(), PeerEventTypes.Joined, alice);
        AssertEvent(await some.NextAsync(), PeerEventTypes.Joined, hidden);
    }

    [Fact]
    public async Task Resumed_stream_has_the_missed_events_once()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        string lastSeen;
        await using (var events = await directory.ListenAsync())
        {
            await directory.RegisterAsync(alice);
            lastSeen = (await events.NextAsync()).Id;
        }

        (await directory.UnregisterAsync(alice)).Dispose();
        await directory.RegisterAsync(bob);
        (await directory.UnregisterAsync(bob)).Dispose();

        await using var resumed = await directory.ListenAsync(lastEventId: lastSeen);
        var missed = new[] { await resumed.NextAsync(), await resumed.NextAsync(), await resumed.NextAsync() };
        // Events are ordered per name only.
        AssertEvent(
            Assert.Single(missed, received => received.Data!.Username == alice.Username),
            PeerEventTypes.Left,
            alice,
            PeerEventTypes.Unregistered
        );
        Assert.Equal(
            [PeerEventTypes.Joined, PeerEventTypes.Left],
            missed.Where(received => received.Data!.Username == bob.Username).Select(received => received.Name)
        );
        await directory.RegisterAsync(alice);
        AssertEvent(await resumed.NextAsync(), PeerEventTypes.Joined, alice);
    }

    [Fact]
    public async Task Stream_without_events_resumes_from_its_start()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        string start;
        await using (var events = await directory.ListenAsync())
        {
            start = events.LastId;
        }

        await directory.RegisterAsync(alice);

        await using var resumed = await directory.ListenAsync(lastEventId: start);
        AssertEvent(await resumed.NextAsync(), PeerEventTypes.Joined, alice);
    }

    [Fact]
    public async Task Resuming_too_late_returns_reset()
    {
        await using var directory = await StartAsync("Directory:EventsKept=2");
        using var alice = new TestIdentity();
        string lastSeen;
        await using (var events = await directory.ListenAsync())
        {
            await directory.RegisterAsync(alice);
            lastSeen = (await events.NextAsync()).Id;
        }

        foreach (var _ in Enumerable.Range(0, 3))
        {
            await directory.RegisterAsync(alice);
        }

        await using var resumed = await directory.ListenAsync(lastEventId: lastSeen);
        Assert.Equal(PeerEventTypes.Reset, (await resumed.NextAsync()).Name);
        ReceivedEvent next;
        do
        {
            // So few events are kept that on a busy machine the directory itself may miss some and reset again.
            await directory.RegisterAsync(alice);
            next = await resumed.NextAsync();
        } while (next.Name == PeerEventTypes.Reset);
        AssertEvent(next, PeerEventTypes.Updated, alice);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("!!")]
    [InlineData("AAAA")]
    [InlineData("gICAgICAgICAgICAgICAgICAgA")]
    public async Task Unknown_position_returns_reset(string lastEventId)
    {
        await using var directory = await StartAsync();

        await using var events = await directory.ListenAsync(lastEventId: lastEventId);

        Assert.Equal(PeerEventTypes.Reset, (await events.NextAsync()).Name);
    }

    [Fact]
    public async Task Heartbeat_advances_the_position_of_an_idle_stream()
    {
        await using var directory = await StartAsync("Directory:Heartbeat=00:00:00.050");
        using var alice = new TestIdentity();
        await using var events = await directory.ListenAsync("somebody-else");
        var start = events.LastId;

        Assert.Equal("", (await events.NextBlockAsync()).Name);
        await directory.RegisterAsync(alice);

        // The event is not for this listener, but its position still advances.
        while (events.LastId == start)
        {
            Assert.Equal("", (await events.NextBlockAsync()).Name);
        }
    }

    private static void AssertEvent(ReceivedEvent received, string name, TestIdentity identity, string? reason = null)
    {
        Assert.Equal(name, received.Name);
        Assert.Equal(new PeerEventData(identity.Username, identity.PeerId.ToString(), reason), received.Data);
    }
}

public sealed class MemoryEventsTests() : EventsContract(new MemoryStore());

public sealed class SqliteEventsTests(SqliteStore sqlite) : EventsContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisEventsTests(RedisStore redis) : EventsContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterEventsTests(RedisClusterStore cluster) : EventsContract(cluster);
