namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>The stream of signals that wakes an owner. Runs over each store.</summary>
public abstract class SignalContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task New_mail_signals_its_owner()
    {
        await using var directory = await StartAsync("Directory:PollEvery=00:01:00");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var (others, theirs) = await directory.RegisterWithMailboxAsync(bob);
        await using var signals = await SignalReader.OpenAsync(directory, alice.Username, token);

        await directory.LeaveMailAsync(bob.Username, theirs, 1);
        await directory.LeaveMailAsync(alice.Username, capability, 1);
        Assert.Equal("mail", await signals.NextAsync());
        await directory.LeaveMailAsync(alice.Username, capability, 2);
        Assert.Equal("mail", await signals.NextAsync());
        Assert.Equal(2, (await directory.ReadMailAsync(alice.Username, token)).Length);
        Assert.Single(await directory.ReadMailAsync(bob.Username, others));
    }

    [Fact]
    public async Task Waiting_mail_is_signalled_at_the_start()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 1);

        await using var signals = await SignalReader.OpenAsync(directory, alice.Username, token);

        Assert.Equal("mail", await signals.NextAsync());
    }

    [Fact]
    public async Task Stream_ends_with_its_lease()
    {
        await using var directory = await StartAsync("Directory:Heartbeat=00:00:00.100");
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        var (token, _) = await directory.RegisterWithMailboxAsync(alice);
        await using var signals = await SignalReader.OpenAsync(directory, alice.Username, token);

        (await directory.UnregisterAsync(alice, release: true)).Dispose();
        await directory.LeaveMailAsync(next.Username, (await directory.RegisterWithMailboxAsync(next)).Capability, 1);

        Assert.Null(await signals.NextAsync());
    }

    [Fact]
    public async Task New_stream_replaces_the_oldest_of_the_same_name_only()
    {
        await using var directory = await StartAsync("Directory:Mailbox:SignalListenersPerName=2");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await using var first = await SignalReader.OpenAsync(directory, alice.Username, token);
        await using var second = await SignalReader.OpenAsync(directory, alice.Username, token);
        await using var third = await SignalReader.OpenAsync(directory, alice.Username, token);

        Assert.Null(await first.NextAsync());
        await directory.LeaveMailAsync(alice.Username, capability, 1);
        Assert.Equal("mail", await second.NextAsync());
        Assert.Equal("mail", await third.NextAsync());
    }
}

public sealed class MemorySignalTests() : SignalContract(new MemoryStore());

public sealed class SqliteSignalTests(SqliteStore sqlite) : SignalContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisSignalTests(RedisStore redis) : SignalContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterSignalTests(RedisClusterStore cluster) : SignalContract(cluster);
