using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Discovery;

/// <summary>How a directory behaves, whatever its store is. Each store has a class that runs all of this.</summary>
public abstract partial class DirectoryContract
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>What makes the directory use the store, and whatever empties it.</summary>
    protected abstract Task<string[]> PrepareStoreAsync();

    private async Task<DirectoryFixture> StartAsync(params string[] settings) =>
        await DirectoryFixture.StartAsync([.. await PrepareStoreAsync(), .. settings]);

    [Fact]
    public async Task A_new_name_is_claimed_and_found()
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
    public async Task A_registration_says_when_the_lease_ends_and_when_to_renew()
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
    public async Task Only_one_who_is_registered_sees_where_a_peer_can_be_reached()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var body = alice.Register(await directory.GetIdAsync());
        (await directory.PutAsync(alice.Username, body)).Dispose();
        var registration = await directory.RegisterAsync(bob);

        Assert.Equal(body, (await directory.FindAsync(alice.Username, registration.LeaseToken))!.Signed);
        Assert.Null((await directory.FindAsync(alice.Username))!.Signed);
        using var refused = await directory.SendAsync(
            HttpMethod.Get,
            $"/peers/{alice.Username}",
            registration.LeaseToken[..^1] + "_"
        );
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, refused);
    }

    [Fact]
    public async Task A_new_record_replaces_the_old_one_and_its_token()
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
    public async Task A_record_that_is_not_newer_is_refused_and_the_last_sequence_told(int difference)
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
    public async Task A_name_that_is_taken_is_refused_and_stays_its_owners()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity(alice.Username);
        var registration = await directory.RegisterAsync(alice);

        using var response = await directory.PutAsync(alice.Username, mallory.Register(await directory.GetIdAsync()));

        var problem = await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.NameTaken, response);
        Assert.Contains("choose another name", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(alice.PeerId.ToString(), (await directory.FindAsync(alice.Username))!.PeerId);
        using var renewal = await directory.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewal.StatusCode);
    }

    [Fact]
    public async Task Names_that_differ_by_case_are_one()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);

        Assert.Equal(alice.Username, (await directory.FindAsync(alice.Username.ToUpperInvariant()))!.Username);
    }

    [Fact]
    public async Task A_record_outlives_the_sweep_byte_for_byte_and_verifies()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice, record =>
            record.Devices[0].Endpoints[0].Host = "peer-alice.example"
        );

        var signed = (await directory.FindAsync(alice.Username, registration.LeaseToken))!.Signed!;

        var verified = new SignedRecord(
            Convert.FromBase64String(signed.Record),
            Convert.FromBase64String(signed.Signature),
            Convert.FromBase64String(signed.PublicKey)
        ).Verify();
        Assert.Equal(alice.PeerId, verified.PeerId);
        Assert.Equal("peer-alice.example", verified.Content.Devices[0].Endpoints[0].Host);
    }

    [Fact]
    public async Task The_list_has_each_peer_once_in_order_over_pages_of_any_size()
    {
        await using var directory = await StartAsync();
        var names = new List<string>();
        foreach (var number in Enumerable.Range(0, 45))
        {
            using var peer = new TestIdentity($"p{number * 7919 % 1000:000}-{(number % 2 == 0 ? "even" : "odd_")}");
            await directory.RegisterAsync(peer);
            names.Add(peer.Username);
        }

        names.Sort(StringComparer.Ordinal);
        foreach (var limit in new[] { 1, 7, 44, 45, 1000 })
        {
            var listed = new List<string>();
            string? next = null;
            do
            {
                var page = await directory.ListAsync($"?limit={limit}&after={next}");
                Assert.InRange(page.Peers.Count, 1, limit);
                listed.AddRange(page.Peers.Select(peer => peer.Username));
                next = page.Next;
            } while (next is not null);

            Assert.Equal(names, listed);
        }

        Assert.Empty((await directory.ListAsync("?after=zzz")).Peers);
    }

    [Fact]
    public async Task An_unlisted_peer_is_found_but_not_listed_until_it_says_otherwise()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();

        await directory.RegisterAsync(alice, record => record.Unlisted = true);
        Assert.True((await directory.FindAsync(alice.Username))!.Online);
        Assert.Empty((await directory.ListAsync()).Peers);

        await directory.RegisterAsync(alice);
        Assert.Equal(alice.Username, Assert.Single((await directory.ListAsync()).Peers).Username);
        await directory.RegisterAsync(alice, record => record.Unlisted = true);
        Assert.Empty((await directory.ListAsync()).Peers);
    }

    [Fact]
    public async Task Claims_are_capped_by_address()
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

        // Who has a name keeps it, and a name that is released makes room.
        await directory.RegisterAsync(first);
        (await directory.LeaveAsync(second, release: true)).Dispose();
        await directory.RegisterAsync(third);
    }

    [Fact]
    public async Task Claims_are_capped_in_total()
    {
        await using var directory = await StartAsync("Directory:ClaimsInTotal=1");
        using var first = new TestIdentity();
        using var second = new TestIdentity();
        await directory.RegisterAsync(first, record => record.Ephemeral = true);

        using var refused = await directory.PutAsync(second.Username, second.Register(await directory.GetIdAsync()));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyClaims, refused);

        (await directory.LeaveAsync(first)).Dispose();
        await directory.RegisterAsync(second);
    }
}
