using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery;

public abstract partial class DirectoryContract
{
    [Fact]
    public async Task Listeners_are_told_who_joins_updates_and_leaves()
    {
        await using var directory = await StartAsync();
        await using var events = await directory.ListenAsync();
        using var alice = new TestIdentity();

        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(alice);
        (await directory.LeaveAsync(alice)).Dispose();
        await directory.RegisterAsync(alice);

        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Updated, alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Left, alice, PeerEventTypes.Unregistered);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
    }

    [Fact]
    public async Task An_expired_lease_is_told_once()
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
    public async Task A_peer_that_comes_back_before_a_sweep_has_left_before_it_joins()
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
    public async Task Listeners_may_keep_to_some_names()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        await using var events = await directory.ListenAsync($"{alice.Username.ToUpperInvariant()},{carol.Username}");

        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(bob);
        (await directory.LeaveAsync(alice)).Dispose();

        AssertEvent(await events.NextAsync(), PeerEventTypes.Joined, alice);
        AssertEvent(await events.NextAsync(), PeerEventTypes.Left, alice, PeerEventTypes.Unregistered);
    }

    [Fact]
    public async Task An_unlisted_peer_is_told_of_only_to_those_who_named_it()
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
    public async Task One_who_comes_back_is_told_what_it_missed_and_nothing_twice()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        string seen;
        await using (var events = await directory.ListenAsync())
        {
            await directory.RegisterAsync(alice);
            seen = (await events.NextAsync()).Id;
        }

        (await directory.LeaveAsync(alice)).Dispose();
        await directory.RegisterAsync(bob);
        (await directory.LeaveAsync(bob)).Dispose();

        await using var resumed = await directory.ListenAsync(lastEventId: seen);
        var missed = new[] { await resumed.NextAsync(), await resumed.NextAsync(), await resumed.NextAsync() };
        // Between names there is no order, within one there is.
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
    public async Task One_who_heard_nothing_yet_resumes_from_where_it_began()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        string began;
        await using (var events = await directory.ListenAsync())
        {
            began = events.LastId;
        }

        await directory.RegisterAsync(alice);

        await using var resumed = await directory.ListenAsync(lastEventId: began);
        AssertEvent(await resumed.NextAsync(), PeerEventTypes.Joined, alice);
    }

    [Fact]
    public async Task One_who_was_away_too_long_is_told_to_begin_again()
    {
        await using var directory = await StartAsync("Directory:EventsKept=2");
        using var alice = new TestIdentity();
        string seen;
        await using (var events = await directory.ListenAsync())
        {
            await directory.RegisterAsync(alice);
            seen = (await events.NextAsync()).Id;
        }

        foreach (var _ in Enumerable.Range(0, 3))
        {
            await directory.RegisterAsync(alice);
        }

        await using var resumed = await directory.ListenAsync(lastEventId: seen);
        Assert.Equal(PeerEventTypes.Reset, (await resumed.NextAsync()).Name);
        ReceivedEvent next;
        do
        {
            // So few are kept that on a busy machine the directory itself may miss some, and begins again.
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
    public async Task A_position_from_elsewhere_is_told_to_begin_again(string lastEventId)
    {
        await using var directory = await StartAsync();

        await using var events = await directory.ListenAsync(lastEventId: lastEventId);

        Assert.Equal(PeerEventTypes.Reset, (await events.NextAsync()).Name);
    }

    [Fact]
    public async Task A_silent_stream_says_now_and_then_how_far_it_is()
    {
        await using var directory = await StartAsync("Directory:Heartbeat=00:00:00.050");
        using var alice = new TestIdentity();
        await using var events = await directory.ListenAsync("somebody-else");
        var began = events.LastId;

        Assert.Equal("", (await events.NextBlockAsync()).Name);
        await directory.RegisterAsync(alice);

        // Nothing for this listener, but it need not resume from before it.
        while (events.LastId == began)
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
