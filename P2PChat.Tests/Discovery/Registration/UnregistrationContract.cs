using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Registration;

/// <summary>
/// Signed calls that unregister a peer: they end its lease, and on request its claim. Runs over each store.
/// </summary>
public abstract class UnregistrationContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Unregistering_ends_the_lease_and_keeps_the_name()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity(alice.Username);
        var registration = await directory.RegisterAsync(alice);

        using var left = await directory.UnregisterAsync(alice);

        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        Assert.False((await directory.FindAsync(alice.Username))!.Online);
        using var renewal = await directory.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.Unauthorized, renewal.StatusCode);
        using var stolen = await directory.PutAsync(alice.Username, mallory.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.Conflict, stolen.StatusCode);
    }

    [Fact]
    public async Task Release_frees_the_name_online_or_offline()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var heir = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice);
        (await directory.UnregisterAsync(alice)).Dispose();

        using var released = await directory.UnregisterAsync(alice, release: true);

        Assert.Equal(HttpStatusCode.NoContent, released.StatusCode);
        Assert.Null(await directory.FindAsync(alice.Username));
        await directory.RegisterAsync(heir);
        using var releasedOnline = await directory.UnregisterAsync(heir, release: true);
        Assert.Equal(HttpStatusCode.NoContent, releasedOnline.StatusCode);
        Assert.Null(await directory.FindAsync(alice.Username));
        Assert.Empty((await directory.ListAsync()).Peers);
    }

    [Fact]
    public async Task Ephemeral_name_is_free_after_unregistering()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice, record => record.Ephemeral = true);
        using var taken = await directory.PutAsync(next.Username, next.Register(await directory.GetIdAsync()));
        Assert.Equal(HttpStatusCode.Conflict, taken.StatusCode);

        (await directory.UnregisterAsync(alice)).Dispose();

        Assert.Null(await directory.FindAsync(alice.Username));
    }

    [Fact]
    public async Task Only_the_owner_can_unregister_and_only_once()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice);

        using var foreign = await directory.UnregisterAsync(mallory);
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
    public async Task Unregistering_an_unclaimed_name_is_not_found()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();

        using var response = await directory.UnregisterAsync(alice);

        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownPeer, response);
    }

    [Fact]
    public async Task Release_must_be_signed_and_requested()
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
}

public sealed class MemoryUnregistrationTests() : UnregistrationContract(new MemoryStore());

public sealed class SqliteUnregistrationTests(SqliteStore sqlite)
    : UnregistrationContract(sqlite),
        IClassFixture<SqliteStore>;

public sealed class RedisUnregistrationTests(RedisStore redis)
    : UnregistrationContract(redis),
        IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterUnregistrationTests(RedisClusterStore cluster) : UnregistrationContract(cluster);
