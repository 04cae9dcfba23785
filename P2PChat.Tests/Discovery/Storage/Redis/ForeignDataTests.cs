using System.Globalization;
using System.Net;
using P2PChat.Discovery.Storage.Redis;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>Values in Redis that another program wrote. None of them stops a replica.</summary>
public sealed class ForeignDataTests(RedisStore redis) : IClassFixture<RedisStore>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    public async Task InitializeAsync() => _ = await redis.Server.SendAsync("FLUSHALL");

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("p2pchat:claimant-key", "claimant key")]
    [InlineData("p2pchat:directory-id", "directory id")]
    public async Task Shared_value_that_is_not_hex_is_replaced_by_its_hash(string key, string valueName)
    {
        _ = await redis.Server.SendAsync("SET", key, "not hex");
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();

        _ = await first.RegisterAsync(alice);
        _ = await second.RegisterAsync(bob);

        Assert.Matches("^[0-9a-f]{32}$", await first.GetIdAsync());
        Assert.Equal(await first.GetIdAsync(), await second.GetIdAsync());
        Assert.Single(first.Logs.Warnings, text =>
            text.StartsWith($"The {valueName} in the store is not", StringComparison.Ordinal)
        );
        Assert.NotNull(await second.FindAsync(alice.Username));
    }

    [Fact]
    public async Task Claimant_key_that_changes_to_other_text_does_not_stop_the_directory()
    {
        await using var directory = await StartAsync();

        _ = await redis.Server.SendAsync("SET", "p2pchat:claimant-key", "not hex");

        await Eventually.True(
            () => directory.Logs.Warnings.Any(text => text.Contains("claimant key", StringComparison.Ordinal)),
            Soon,
            "the warning is logged"
        );
        using var alice = new TestIdentity();
        _ = await directory.RegisterAsync(alice);
    }

    [Fact]
    public async Task Mail_counter_that_is_not_a_number_does_not_stop_the_directory()
    {
        _ = await redis.Server.SendAsync("SET", Shard.All[3].Keys[17]!, "many");
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        _ = await directory.RegisterAsync(alice);

        await Eventually.True(
            () => directory.Logs.Warnings.Any(text => text.Contains("cannot read", StringComparison.Ordinal)),
            Soon,
            "the warning is logged"
        );
        Assert.True((await directory.FindAsync(alice.Username))!.Online);
    }

    [Fact]
    public async Task Unreadable_mail_counter_stops_the_signals_of_its_shard_only()
    {
        _ = await redis.Server.SendAsync("SET", Shard.All[3].Keys[17]!, "many");
        await using var directory = await StartAsync();
        using var alice = IdentityOutsideShard(3);
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);

        await using var signals = await SignalReader.OpenAsync(directory, alice.Username, token);
        await directory.LeaveMailAsync(alice.Username, capability, 1);

        Assert.Equal("mail", await signals.NextAsync());
    }

    [Fact]
    public async Task Unreadable_event_resets_listeners_and_later_events_arrive()
    {
        await using var directory = await StartAsync();
        await using var events = await directory.ListenAsync();
        using var alice = new TestIdentity();
        var shard = Shard.Of(Username.Parse(alice.Username));

        var number = await redis.Server.SendAsync("INCR", shard.Keys[8]!);
        _ = await redis.Server.SendAsync(
            "XADD",
            shard.Keys[7]!,
            $"{number}-0",
            "t",
            "joined",
            "n",
            "x",
            "p",
            "y",
            "r",
            "",
            "s",
            "many",
            "u",
            "0"
        );
        _ = await redis.Server.SendAsync(
            "PUBLISH",
            "p2pchat:events",
            shard.Index.ToString("00", CultureInfo.InvariantCulture)
        );
        Assert.Equal(PeerEventTypes.Reset, (await events.NextAsync()).Name);

        _ = await directory.RegisterAsync(alice);
        Assert.Equal(PeerEventTypes.Joined, (await events.NextAsync()).Name);
    }

    [Fact]
    public async Task Unreadable_peer_does_not_hide_others()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await using (var earlier = await StartAsync())
        {
            _ = await earlier.RegisterAsync(alice);
            _ = await earlier.RegisterAsync(bob);
            (await earlier.UnregisterAsync(alice)).Dispose();
        }

        // The time last seen is after the year 9999, and the sequence is not a number.
        var words = (await redis.Server.SendAsync("HGET", PeersOf(alice), alice.Username)).Split(' ');
        (words[1], words[4]) = ("many", "999999999999999");
        _ = await redis.Server.SendAsync("HSET", PeersOf(alice), alice.Username, string.Join(' ', words));

        await using var directory = await StartAsync();
        using var response = await directory.SendAsync(HttpMethod.Get, $"/peers/{alice.Username}");
        await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, response);
        var list = await directory.ListAsync();
        Assert.Equal((bob.Username, null), (Assert.Single(list.Peers).Username, list.AsOf));
        Assert.True((await directory.FindAsync(bob.Username))!.Online);
    }

    private static TestIdentity IdentityOutsideShard(int index)
    {
        while (true)
        {
            var identity = new TestIdentity();
            if (Shard.Of(Username.Parse(identity.Username)).Index != index)
            {
                return identity;
            }

            identity.Dispose();
        }
    }

    private static string PeersOf(TestIdentity identity) => Shard.Of(Username.Parse(identity.Username)).Keys[0]!;

    private Task<DirectoryFixture> StartAsync() =>
        DirectoryFixture.StartWithoutStoreAsync(
            $"ConnectionStrings:redis={redis.Server.ConnectionString}",
            DirectoryFixture.PatientWithStore
        );
}
