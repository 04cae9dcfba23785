using System.Net;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Discovery.Registration;

/// <summary>Registration: claims, records and their limits. Runs over each store.</summary>
public abstract class RegistrationContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task New_name_is_claimed_and_found()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();

        using var response = await directory.PutAsync(alice.Username, alice.Register(await directory.GetIdAsync()));

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal($"/peers/{alice.Username}", response.Headers.Location?.ToString());
        var found = await directory.FindAsync(alice.Username);
        Assert.NotNull(found);
        Assert.True(found.Online);
        Assert.Equal(alice.PeerId.ToString(), found.PeerId);
        Assert.InRange(found.LastSeen, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Null(found.AsOf);
    }

    [Fact]
    public async Task Response_has_the_lease_end_and_the_renewal_time()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();

        var before = DateTimeOffset.UtcNow;
        var registration = await directory.RegisterAsync(alice);
        var after = DateTimeOffset.UtcNow;

        Assert.Equal(alice.Username, registration.Username);
        Assert.Equal(alice.PeerId.ToString(), registration.PeerId);
        Assert.StartsWith(alice.Username + ".", registration.LeaseToken, StringComparison.Ordinal);
        Assert.InRange(registration.LeaseExpiresAt, before.AddSeconds(29), after.AddSeconds(31));
        Assert.InRange(registration.RenewAfterSeconds, 8, 12);
    }

    [Fact]
    public async Task New_record_replaces_the_old_record_and_token()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var first = await directory.RegisterAsync(alice);
        var body = alice.Register(await directory.GetIdAsync(), record => record.Devices[0].Endpoints[0].Port = 9001);

        using var response = await directory.PutAsync(alice.Username, body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var renewal = await directory.RenewAsync(alice.Username, first.LeaseToken);
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, renewal);
        var second = await directory.RegisterAsync(alice, record => record.Devices[0].Endpoints[0].Port = 9002);
        var signed = (await directory.FindAsync(alice.Username, second.LeaseToken))!.Signed!;
        Assert.NotEqual(body, signed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Stale_record_is_refused_with_the_last_sequence(int difference)
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        ulong last = 0;
        await directory.RegisterAsync(alice, record => last = record.Sequence);

        using var response = await directory.PutAsync(
            alice.Username,
            alice.Register(await directory.GetIdAsync(), record => record.Sequence = last + (ulong)difference)
        );

        var problem = await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, response);
        Assert.Equal(last, problem.GetProperty("lastSequence").GetUInt64());
    }

    [Fact]
    public async Task Taken_name_is_refused_and_keeps_its_owner()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity(alice.Username);
        var registration = await directory.RegisterAsync(alice);

        using var response = await directory.PutAsync(alice.Username, mallory.Register(await directory.GetIdAsync()));

        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.NameTaken, response);
        Assert.Equal(alice.PeerId.ToString(), (await directory.FindAsync(alice.Username))!.PeerId);
        using var renewal = await directory.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewal.StatusCode);
    }

    [Fact]
    public async Task Names_are_case_insensitive()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);

        Assert.Equal(alice.Username, (await directory.FindAsync(alice.Username.ToUpperInvariant()))!.Username);
    }

    [Fact]
    public async Task Claims_are_limited_by_address()
    {
        await using var directory = await StartAsync("Directory:ClaimsPerAddress=2");
        using var first = new TestIdentity();
        using var second = new TestIdentity();
        using var third = new TestIdentity();
        await directory.RegisterAsync(first);
        await directory.RegisterAsync(second);

        using var refused = await directory.PutAsync(third.Username, third.Register(await directory.GetIdAsync()));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyClaims, refused);
        Assert.NotNull(refused.Headers.RetryAfter);

        // Claimed names are kept, and a released name frees its share.
        await directory.RegisterAsync(first);
        (await directory.UnregisterAsync(second, release: true)).Dispose();
        await directory.RegisterAsync(third);
    }

    [Fact]
    public async Task Claims_are_limited_in_total()
    {
        await using var directory = await StartAsync("Directory:ClaimsInTotal=1");
        using var first = new TestIdentity();
        using var second = new TestIdentity();
        await directory.RegisterAsync(first, record => record.Ephemeral = true);

        using var refused = await directory.PutAsync(second.Username, second.Register(await directory.GetIdAsync()));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyClaims, refused);

        (await directory.UnregisterAsync(first)).Dispose();
        await directory.RegisterAsync(second);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Record_a_day_ahead_does_not_bind_its_owner(bool leaves)
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var id = await directory.GetIdAsync();
        // A directory whose clock was also ahead has stored this record.
        var ahead = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds();
        await StoreAsync(directory, alice, ahead);

        var body = alice.Register(id);
        using (
            var replaced = leaves
                ? await directory.UnregisterAsync(alice)
                : await directory.PutAsync(alice.Username, body)
        )
        {
            Assert.True(replaced.IsSuccessStatusCode, await replaced.Content.ReadAsStringAsync());
        }

        Assert.Equal(!leaves, (await directory.FindAsync(alice.Username))!.Online);
        using var again = await directory.PutAsync(alice.Username, body);
        var problem = await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, again);
        Assert.InRange(problem.GetProperty("lastSequence").GetInt64(), 1, ahead - 1);
    }

    [Fact]
    public async Task Record_4_minutes_ahead_binds_its_owner()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var last = DateTimeOffset.UtcNow.AddMinutes(4).ToUnixTimeMilliseconds();
        await StoreAsync(directory, alice, last);

        using var refused = await directory.PutAsync(alice.Username, alice.Register(await directory.GetIdAsync()));

        var problem = await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, refused);
        Assert.Equal(last, problem.GetProperty("lastSequence").GetInt64());
    }

    private static async Task StoreAsync(DirectoryFixture directory, TestIdentity owner, long sequence) =>
        await directory.Store.RegisterAsync(
            new PeerRegistration(
                Username.Parse(owner.Username),
                owner.PeerId.ToString(),
                sequence,
                Ephemeral: false,
                Unlisted: false,
                new Claimant("claimant"),
                owner.Sign(owner.Record(await directory.GetIdAsync())),
                TokenHash: "hash"
            ),
            CancellationToken.None
        );
}

public sealed class MemoryRegistrationTests() : RegistrationContract(new MemoryStore());

public sealed class SqliteRegistrationTests(SqliteStore sqlite)
    : RegistrationContract(sqlite),
        IClassFixture<SqliteStore>;

public sealed class RedisRegistrationTests(RedisStore redis) : RegistrationContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterRegistrationTests(RedisClusterStore cluster) : RegistrationContract(cluster);
