using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Local;
using P2PChat.Discovery.Storage.Memory;
using P2PChat.Discovery.Storage.Redis;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Discovery.Files;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Storage;

/// <summary>Clocks that jump, or that were wrong and are corrected.</summary>
public sealed class StoreClockTests(RedisStore redis) : IClassFixture<RedisStore>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Lease_in_memory_ends_by_elapsed_time_not_by_the_clock()
    {
        var (clock, options) = (new SettableClock(), new DirectoryOptions());
        var store = new LocalPeerStore(new MemoryData(clock, Options.Create(options)), clock, Options.Create(options));
        using var alice = new TestIdentity();
        var name = Username.Parse(alice.Username);
        await store.RegisterAsync(
            new PeerRegistration(
                name,
                alice.PeerId.ToString(),
                1,
                Ephemeral: false,
                Unlisted: false,
                new Claimant("claimant"),
                alice.Sign(alice.Record(new string('a', 32))),
                "hash"
            ),
            CancellationToken.None
        );

        foreach (var days in new[] { 40, -400 })
        {
            clock.PutForward(TimeSpan.FromDays(days));
            _ = await store.SweepAsync(CancellationToken.None);
            var found = await store.FindAsync(name, withRecord: false, CancellationToken.None);
            Assert.True(found!.Online);
            Assert.InRange(found.LastSeen, clock.GetUtcNow().AddMinutes(-1), clock.GetUtcNow());
        }

        clock.LetPass(options.Lease);
        _ = await store.SweepAsync(CancellationToken.None);
        Assert.False((await store.FindAsync(name, withRecord: false, CancellationToken.None))!.Online);
        clock.LetPass(options.Claim);
        _ = await store.SweepAsync(CancellationToken.None);
        Assert.Null(await store.FindAsync(name, withRecord: false, CancellationToken.None));
    }

    [Fact]
    public async Task Join_code_in_memory_ends_by_elapsed_time_not_by_the_clock()
    {
        var clock = new SettableClock();
        var store = Members(clock);
        var code = new JoinCode("hash", "alice", "address", Uses: 2, clock.GetUtcNow().AddDays(7));
        _ = await store.AddCodeAsync(code, new JoinCodeLimits(1, 1), CancellationToken.None);

        foreach (var days in new[] { 40, -400 })
        {
            clock.PutForward(TimeSpan.FromDays(days));
            Assert.Equal(0, await store.SweepAsync(CancellationToken.None));
            Assert.True(await store.ReserveAsync("hash", "bob", CancellationToken.None));
        }

        clock.LetPass(TimeSpan.FromDays(7));
        Assert.False(await store.ReserveAsync("hash", "bob", CancellationToken.None));
        Assert.Equal(1, await store.SweepAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Abandoned_reservation_of_a_join_code_ends_after_two_minutes()
    {
        var clock = new SettableClock();
        var store = Members(clock);
        var code = new JoinCode("hash", "alice", "address", Uses: 1, clock.GetUtcNow().AddDays(7));
        _ = await store.AddCodeAsync(code, new JoinCodeLimits(1, 1), CancellationToken.None);

        Assert.True(await store.ReserveAsync("hash", "bob", CancellationToken.None));
        Assert.False(await store.ReserveAsync("hash", "carol", CancellationToken.None));
        clock.LetPass(TimeSpan.FromMinutes(2));
        Assert.True(await store.ReserveAsync("hash", "carol", CancellationToken.None));
        Assert.False(await store.SpendAsync("hash", "bob", Username.Parse("bob"), CancellationToken.None));
    }

    [Fact]
    public async Task Lease_in_Redis_set_by_a_clock_ahead_ends_on_time()
    {
        await using var directory = await StartAsync(
            "Directory:Lease=00:00:00.800",
            "Directory:RenewEvery=00:00:00.100"
        );
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);

        await SetAsync(alice, "leases", alice.Username, DateTimeOffset.UtcNow.AddYears(2));

        await Eventually.True(
            async () => await redis.Server.SendAsync("ZSCORE", KeyOf(alice, "dormant"), alice.Username) != "",
            Soon,
            "the lease has ended"
        );
        Assert.InRange(
            await EndOfAsync(alice, "dormant", alice.Username),
            DateTimeOffset.UtcNow.AddDays(29),
            DateTimeOffset.UtcNow.AddDays(31)
        );
    }

    [Theory]
    [InlineData(40, true)]
    [InlineData(0, false)]
    public async Task Claim_in_Redis_survives_a_clock_jump_and_ends_without_one(int jumpDays, bool survives)
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var other = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice);
        using (var left = await directory.UnregisterAsync(alice))
        {
            Assert.True(left.IsSuccessStatusCode);
        }

        // The state of Redis just after its clock jumped forward.
        await SweptAsync(alice, DateTimeOffset.UtcNow.AddDays(-jumpDays));
        await SetAsync(alice, "dormant", alice.Username, DateTimeOffset.UtcNow.AddDays(-1));
        var body = other.Register(await directory.GetIdAsync());
        await Task.WhenAll(
            directory.Store.SweepAsync(CancellationToken.None),
            directory.Store.SweepAsync(CancellationToken.None)
        );

        Assert.Equal(survives, await directory.FindAsync(alice.Username) is not null);
        Assert.Equal(survives, (await directory.ListAsync()).Peers.Any(peer => peer.Username == alice.Username));
        using var taken = await directory.PutAsync(alice.Username, body);
        Assert.Equal(survives ? HttpStatusCode.Conflict : HttpStatusCode.Created, taken.StatusCode);
    }

    [Fact]
    public async Task Mail_in_Redis_survives_a_clock_jump_and_ends_without_one()
    {
        await using var directory = await StartAsync("Directory:Mailbox:SweepEvery=01:00:00");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 7);
        var member = await redis.Server.SendAsync("ZRANGE", KeyOf(alice, "fades"), "0", "0");

        await SweptAsync(alice, DateTimeOffset.UtcNow.AddDays(-40));
        await SetAsync(alice, "fades", member, DateTimeOffset.UtcNow.AddDays(-1));
        Assert.Equal(0, await directory.Mail.SweepAsync(CancellationToken.None));
        Assert.Equal(["07"], await directory.ReadMailAsync(alice.Username, token));

        await SweptAsync(alice, DateTimeOffset.UtcNow);
        Assert.Empty(await directory.ReadMailAsync(alice.Username, token));
        Assert.Equal(1, await directory.Mail.SweepAsync(CancellationToken.None));
    }

    [Fact]
    public async Task File_in_Redis_survives_a_clock_jump_and_ends_without_one()
    {
        using var folder = new TempDirectory();
        await using var directory = await StartAsync(
            $"Directory:Files:Folder={folder.Path}",
            "Directory:Files:FreeShare=0",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var id = await directory.LeaveFileAsync(alice.Username, capability, [7]);

        await SweptAsync(alice, DateTimeOffset.UtcNow.AddDays(-40));
        await SetAsync(alice, "fileends", $"{alice.Username} {id}", DateTimeOffset.UtcNow.AddDays(-1));
        await directory.Sweeper.SweepAsync(CancellationToken.None);
        Assert.Single(await directory.ListFilesAsync(alice.Username, token));
        Assert.Single(FileFixture.BlobsIn(folder.Path));

        await SweptAsync(alice, DateTimeOffset.UtcNow);
        Assert.Empty(await directory.ListFilesAsync(alice.Username, token));
        await directory.Sweeper.SweepAsync(CancellationToken.None);
        Assert.Empty(FileFixture.BlobsIn(folder.Path));
    }

    [Fact]
    public async Task File_in_Redis_set_by_a_clock_ahead_is_cut_to_two_weeks()
    {
        using var folder = new TempDirectory();
        await using var directory = await StartAsync(
            $"Directory:Files:Folder={folder.Path}",
            "Directory:Files:FreeShare=0",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        var file = $"{alice.Username} {await directory.LeaveFileAsync(alice.Username, capability, [7])}";
        await SetAsync(alice, "fileends", file, DateTimeOffset.UtcNow.AddYears(2));

        await directory.Sweeper.SweepAsync(CancellationToken.None);

        Assert.InRange(
            await EndOfAsync(alice, "fileends", file),
            DateTimeOffset.UtcNow.AddDays(13),
            DateTimeOffset.UtcNow.AddDays(15)
        );
    }

    [Theory]
    [InlineData(59)]
    [InlineData(61)]
    public async Task Lasting_clock_jump_takes_effect_within_a_day(int minutesBetweenSweeps)
    {
        await using var directory = await StartAsync("Directory:SweepEvery=00:00:04");
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);
        using (var left = await directory.UnregisterAsync(alice))
        {
            Assert.True(left.IsSuccessStatusCode);
        }

        await SetAsync(alice, "dormant", alice.Username, DateTimeOffset.UtcNow.AddDays(-1));
        await SweptAsync(
            alice,
            DateTimeOffset.UtcNow.AddMinutes(-minutesBetweenSweeps),
            skipped: TimeSpan.FromDays(40)
        );

        for (var hour = 0; hour < 24 && await directory.FindAsync(alice.Username) is not null; hour++)
        {
            _ = await directory.Store.SweepAsync(CancellationToken.None);
            var state = await redis.Server.SendAsync("HGET", KeyOf(alice, "clock"), "skipped");
            await SweptAsync(
                alice,
                DateTimeOffset.UtcNow.AddMinutes(-minutesBetweenSweeps),
                TimeSpan.FromMilliseconds(double.Parse(state.TrimStart('$', '+'), CultureInfo.InvariantCulture))
            );
        }

        Assert.Null(await directory.FindAsync(alice.Username));
    }

    private static LocalMembershipStore Members(SettableClock clock)
    {
        var options = Options.Create(new DirectoryOptions());
        return new LocalMembershipStore(new MemoryData(clock, options), clock, options);
    }

    private async Task<DirectoryFixture> StartAsync(params string[] settings)
    {
        await redis.Server.SendAsync("FLUSHALL");
        return await DirectoryFixture.StartAsync([
            $"ConnectionStrings:redis={redis.Server.ConnectionString}",
            DirectoryFixture.PatientWithStore,
            .. settings,
        ]);
    }

    private static string KeyOf(TestIdentity owner, string key) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{{p2pchat:{Shard.Of(Username.Parse(owner.Username)).Index:00}}}:{key}"
        );

    private Task<string> SetAsync(TestIdentity owner, string key, string member, DateTimeOffset ends) =>
        redis.Server.SendAsync(
            "ZADD",
            KeyOf(owner, key),
            ends.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            member
        );

    private Task<string> SweptAsync(TestIdentity owner, DateTimeOffset at, TimeSpan skipped = default) =>
        redis.Server.SendAsync(
            "HSET",
            KeyOf(owner, "clock"),
            "swept",
            at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            "skipped",
            ((long)skipped.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)
        );

    private async Task<DateTimeOffset> EndOfAsync(TestIdentity owner, string key, string member) =>
        DateTimeOffset.FromUnixTimeMilliseconds(
            (long)
                double.Parse(
                    await redis.Server.SendAsync("ZSCORE", KeyOf(owner, key), member),
                    CultureInfo.InvariantCulture
                )
        );
}
