using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Discovery.Lookup;

/// <summary>Lookups of a peer, and the list of peers. Runs over each store.</summary>
public abstract class LookupContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Endpoints_are_shown_only_to_registered_peers()
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
    public async Task Found_record_verifies_byte_for_byte()
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
    public async Task List_has_each_peer_once_in_order_for_any_page_size()
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
    public async Task Unlisted_peer_is_found_but_not_listed()
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
}

public sealed class MemoryLookupTests() : LookupContract(new MemoryStore());

public sealed class SqliteLookupTests(SqliteStore sqlite) : LookupContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisLookupTests(RedisStore redis) : LookupContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterLookupTests(RedisClusterStore cluster) : LookupContract(cluster);
