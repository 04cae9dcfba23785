using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Discovery.Peers;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

public abstract partial class DirectoryContract
{
    private static readonly string[] ShortLease = ["Directory:Lease=00:00:00.800", "Directory:RenewEvery=00:00:00.100"];

    // The slowest that there may be, so that whatever is seen before it was not the sweep's doing.
    private const string NoSweep = "Directory:SweepEvery=00:00:04";

    [Fact]
    public async Task A_renewed_lease_lives_on_and_one_that_is_not_ends()
    {
        await using var directory = await StartAsync("Directory:Lease=00:00:02", "Directory:RenewEvery=00:00:00.100");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();

        // On a busy machine a renewal may come too late: then it shows nothing, and they begin anew.
        for (var attempt = 1; !await OutlivesAsync(directory, alice, bob); attempt++)
        {
            Assert.True(attempt < 20, "No renewal came in time.");
        }
    }

    /// <returns>False where a renewal, or a look at what it did, came only after the lease had ended.</returns>
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

    [Fact]
    public async Task A_lease_that_has_run_out_is_over_before_any_sweep()
    {
        await using var directory = await StartAsync([.. ShortLease, NoSweep]);
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);

        await Eventually.True(() => DateTimeOffset.UtcNow > registration.LeaseExpiresAt, Soon, "the lease runs out");

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
    public async Task An_expired_lease_does_not_free_the_name()
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
        // Unless the machine was so busy that this lease too has ended.
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
    public async Task A_claim_ends_some_time_after_the_last_lease(string sweep)
    {
        await using var directory = await StartAsync([.. ShortLease, "Directory:Claim=00:00:00.400", sweep]);
        using var alice = new TestIdentity();
        using var heir = new TestIdentity(alice.Username);
        var claimed = await directory.RegisterAsync(alice);

        await Eventually.True(
            () => DateTimeOffset.UtcNow > claimed.LeaseExpiresAt.AddSeconds(0.4),
            Soon,
            "the claim runs out"
        );

        Assert.Null(await directory.FindAsync(alice.Username));
        Assert.Empty((await directory.ListAsync()).Peers);
        using var inherited = await directory.PutAsync(heir.Username, heir.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.Created, inherited.StatusCode);
    }

    [Theory]
    [InlineData("Directory:SweepEvery=00:00:00.050")]
    [InlineData(NoSweep)]
    public async Task An_ephemeral_name_is_free_as_soon_as_its_lease_ends(string sweep)
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
    public async Task A_renewal_needs_the_token_of_that_very_name()
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
    public async Task A_renewal_of_a_name_that_nobody_claims_is_told_so()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);
        (await directory.LeaveAsync(alice, release: true)).Dispose();

        using var response = await directory.RenewAsync(alice.Username, registration.LeaseToken);

        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownPeer, response);
    }

    [Fact]
    public async Task Leaving_ends_the_lease_and_keeps_the_name()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity(alice.Username);
        var registration = await directory.RegisterAsync(alice);

        using var left = await directory.LeaveAsync(alice);

        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        Assert.False((await directory.FindAsync(alice.Username))!.Online);
        using var renewal = await directory.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.Unauthorized, renewal.StatusCode);
        using var stolen = await directory.PutAsync(alice.Username, mallory.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.Conflict, stolen.StatusCode);
    }

    [Fact]
    public async Task Releasing_frees_the_name_online_or_not()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var heir = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice);
        (await directory.LeaveAsync(alice)).Dispose();

        using var released = await directory.LeaveAsync(alice, release: true);

        Assert.Equal(HttpStatusCode.NoContent, released.StatusCode);
        Assert.Null(await directory.FindAsync(alice.Username));
        await directory.RegisterAsync(heir);
        using var releasedOnline = await directory.LeaveAsync(heir, release: true);
        Assert.Equal(HttpStatusCode.NoContent, releasedOnline.StatusCode);
        Assert.Null(await directory.FindAsync(alice.Username));
        Assert.Empty((await directory.ListAsync()).Peers);
    }

    [Fact]
    public async Task An_ephemeral_name_is_its_owners_until_it_leaves()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice, record => record.Ephemeral = true);
        using var taken = await directory.PutAsync(next.Username, next.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.Conflict, taken.StatusCode);

        (await directory.LeaveAsync(alice)).Dispose();

        Assert.Null(await directory.FindAsync(alice.Username));
    }

    [Fact]
    public async Task A_leave_is_for_the_owner_once()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice);

        using var foreign = await directory.LeaveAsync(mallory);
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.NameTaken, foreign);
        Assert.True((await directory.FindAsync(alice.Username))!.Online);

        ulong sequence = 0;
        var leave = alice.Leave(await directory.GetIdAsync(), record => sequence = record.Sequence);
        using var first = await directory.DeleteAsync($"/peers/{alice.Username}", leave);
        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        using var older = await directory.PutAsync(
            alice.Username,
            alice.Register(await directory.GetIdAsync(), record => record.Sequence = sequence)
        );
        var problem = await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, older);
        Assert.Equal(sequence, problem.GetProperty("lastSequence").GetUInt64());
        await directory.RegisterAsync(alice);
        using var replayed = await directory.DeleteAsync($"/peers/{alice.Username}", leave);
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.StaleSequence, replayed);
        Assert.True((await directory.FindAsync(alice.Username))!.Online);
    }

    [Fact]
    public async Task A_leave_of_a_name_that_nobody_claims_is_told_so()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();

        using var response = await directory.LeaveAsync(alice);

        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownPeer, response);
    }

    [Fact]
    public async Task Only_what_was_signed_is_released()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);
        var id = await directory.GetIdAsync();

        using var unsigned = await directory.DeleteAsync($"/peers/{alice.Username}?release=true", alice.Leave(id));
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRecord, unsigned);
        using var unasked = await directory.DeleteAsync(
            $"/peers/{alice.Username}",
            alice.Leave(id, record => record.Release = true)
        );
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRecord, unasked);
        Assert.True((await directory.FindAsync(alice.Username))!.Online);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_record_far_ahead_gives_way_to_its_owners_next(bool leaves)
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var id = await directory.GetIdAsync();
        // As stored by a directory whose clock was ahead too.
        var ahead = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds();
        await StoreAsync(directory, alice, ahead);

        var body = alice.Register(id);
        using (
            var replaced = leaves ? await directory.LeaveAsync(alice) : await directory.PutAsync(alice.Username, body)
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
    public async Task A_record_five_minutes_ahead_still_binds_its_owner()
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
            new Registration(
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

    private static Task UntilOffline(DirectoryFixture directory, TestIdentity identity) =>
        Eventually.True(
            async () => await directory.FindAsync(identity.Username) is { Online: false },
            Soon,
            "the lease has ended"
        );
}
