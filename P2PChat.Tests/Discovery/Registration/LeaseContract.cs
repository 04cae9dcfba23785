using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Registration;

/// <summary>Leases: renewal and expiry, and the claims that depend on them. Runs over each store.</summary>
public abstract class LeaseContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Renewed_lease_outlives_one_that_is_not_renewed()
    {
        await using var directory = await StartAsync("Directory:Lease=00:00:02", "Directory:RenewEvery=00:00:00.100");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();

        // On a busy machine a renewal may be too late. Then try again.
        for (var attempt = 1; !await OutlivesAsync(directory, alice, bob); attempt++)
        {
            Assert.True(attempt < 20, "No renewal was in time.");
        }
    }

    [Fact]
    public async Task Expired_lease_counts_as_ended_before_a_sweep()
    {
        await using var directory = await StartAsync([.. ShortLease, NoSweep]);
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);

        await Eventually.True(() => DateTimeOffset.UtcNow > registration.LeaseExpiresAt, Soon, "the lease expires");

        Assert.False((await directory.FindAsync(alice.Username))!.Online);
        Assert.False(Assert.Single((await directory.ListAsync()).Peers).Online);
        using var renewal = await directory.RenewAsync(alice.Username, registration.LeaseToken);
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, renewal);
        using var lookup = await directory.SendAsync(
            HttpMethod.Get,
            $"/peers/{alice.Username}",
            registration.LeaseToken
        );
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, lookup);
    }

    [Fact]
    public async Task Expired_lease_does_not_free_the_name()
    {
        await using var directory = await StartAsync(ShortLease);
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity(alice.Username);
        var before = await directory.RegisterAsync(alice);
        await UntilOffline(directory, alice);

        using var stolen = await directory.PutAsync(alice.Username, mallory.Register(await directory.GetIdAsync()));
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.NameTaken, stolen);
        var listed = Assert.Single((await directory.ListAsync()).Peers);
        Assert.False(listed.Online);
        Assert.InRange(before.LeaseExpiresAt - listed.LastSeen, TimeSpan.FromSeconds(0.79), TimeSpan.FromSeconds(0.81));

        using var back = await directory.PutAsync(alice.Username, alice.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        var isBack = (await directory.FindAsync(alice.Username))!.Online;
        // On a busy machine this lease may have ended too.
        Assert.True(
            isBack
                || DateTimeOffset.UtcNow
                    >= (
                        await back.Content.ReadFromJsonAsync<RegistrationResponse>(JsonSerializerOptions.Web)
                    )!.LeaseExpiresAt
        );
    }

    [Theory]
    [InlineData("Directory:SweepEvery=00:00:00.050")]
    [InlineData(NoSweep)]
    public async Task Claim_ends_some_time_after_the_last_lease(string sweep)
    {
        await using var directory = await StartAsync([.. ShortLease, "Directory:Claim=00:00:00.400", sweep]);
        using var alice = new TestIdentity();
        using var heir = new TestIdentity(alice.Username);
        var claimed = await directory.RegisterAsync(alice);

        await Eventually.True(
            () => DateTimeOffset.UtcNow > claimed.LeaseExpiresAt.AddSeconds(0.4),
            Soon,
            "the claim expires"
        );

        Assert.Null(await directory.FindAsync(alice.Username));
        Assert.Empty((await directory.ListAsync()).Peers);
        using var inherited = await directory.PutAsync(heir.Username, heir.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.Created, inherited.StatusCode);
    }

    [Theory]
    [InlineData("Directory:SweepEvery=00:00:00.050")]
    [InlineData(NoSweep)]
    public async Task Ephemeral_name_is_free_when_its_lease_ends(string sweep)
    {
        await using var directory = await StartAsync([.. ShortLease, sweep]);
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice, record => record.Ephemeral = true);

        await Eventually.True(
            async () => await directory.FindAsync(alice.Username) is null,
            Soon,
            "the ephemeral name is free"
        );

        Assert.Empty((await directory.ListAsync()).Peers);
        using var claimed = await directory.PutAsync(next.Username, next.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.Created, claimed.StatusCode);
    }

    [Fact]
    public async Task Renewal_requires_the_token_of_that_name()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await directory.RegisterAsync(alice);
        var other = await directory.RegisterAsync(bob);

        foreach (
            var token in new[]
            {
                other.LeaseToken,
                alice.Username + other.LeaseToken[bob.Username.Length..],
                "nonsense",
                null,
            }
        )
        {
            using var response = await directory.SendAsync(HttpMethod.Post, $"/peers/{alice.Username}/lease", token);
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, response);
            Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        }
    }

    [Fact]
    public async Task Renewal_of_an_unclaimed_name_is_not_found()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);
        (await directory.UnregisterAsync(alice, release: true)).Dispose();

        using var response = await directory.RenewAsync(alice.Username, registration.LeaseToken);

        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownPeer, response);
    }

    /// <returns>False if a renewal or a check was made only after the lease had ended.</returns>
    private static async Task<bool> OutlivesAsync(
        DirectoryFixture directory,
        TestIdentity renewing,
        TestIdentity silent
    )
    {
        var kept = await directory.RegisterAsync(renewing);
        await directory.RegisterAsync(silent);
        for (var ends = kept.LeaseExpiresAt; ; )
        {
            using var renewal = await directory.RenewAsync(renewing.Username, kept.LeaseToken);
            if (DateTimeOffset.UtcNow >= ends)
            {
                return false;
            }

            Assert.Equal(HttpStatusCode.OK, renewal.StatusCode);
            ends = (await renewal.Content.ReadFromJsonAsync<LeaseResponse>(JsonSerializerOptions.Web))!.LeaseExpiresAt;
            var isGone = !(await directory.FindAsync(silent.Username))!.Online;
            var isThere = (await directory.FindAsync(renewing.Username))!.Online;
            if (DateTimeOffset.UtcNow >= ends)
            {
                return false;
            }

            Assert.True(isThere);
            if (isGone)
            {
                return true;
            }
        }
    }
}

public sealed class MemoryLeaseTests() : LeaseContract(new MemoryStore());

public sealed class SqliteLeaseTests(SqliteStore sqlite) : LeaseContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisLeaseTests(RedisStore redis) : LeaseContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterLeaseTests(RedisClusterStore cluster) : LeaseContract(cluster);
