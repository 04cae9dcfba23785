using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Admin;

/// <summary>Removal of claims by the operator. Runs over each store.</summary>
public abstract class AdminContract(IStoreUnderTest store) : DirectoryContract(store)
{
    private const string OperatorKey = "an-operators-key-of-some-length";
    private const string WithOperator = "Directory:OperatorKey=" + OperatorKey;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Operator_frees_a_name_online_or_offline(bool online)
    {
        await using var directory = await StartAsync(WithOperator);
        using var alice = new TestIdentity();
        using var heir = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice);
        if (!online)
        {
            (await directory.UnregisterAsync(alice)).Dispose();
        }

        using var removed = await RemoveAsync(directory, alice.Username.ToUpperInvariant(), OperatorKey);

        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Null(await directory.FindAsync(alice.Username));
        Assert.Empty((await directory.ListAsync()).Peers);
        await directory.RegisterAsync(heir);
        Assert.Equal(heir.PeerId.ToString(), (await directory.FindAsync(alice.Username))!.PeerId);
    }

    [Fact]
    public async Task Removed_claim_emits_left_and_frees_its_quota()
    {
        await using var directory = await StartAsync(WithOperator, "Directory:ClaimsPerAddress=1");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await using var events = await EventReader.OpenAsync(
            directory.Http,
            $"/peers/events?names={alice.Username}",
            lastEventId: null
        );
        await directory.RegisterAsync(alice, record => record.Ephemeral = true);
        Assert.Equal("joined", (await events.NextAsync()).Name);

        (await RemoveAsync(directory, alice.Username, OperatorKey)).Dispose();

        var left = await events.NextAsync();
        Assert.Equal(("left", alice.Username, "unregistered"), (left.Name, left.Data!.Username, left.Data.Reason));
        await directory.RegisterAsync(bob);
    }

    [Fact]
    public async Task Claim_is_not_removed_without_the_operator_key()
    {
        await using var directory = await StartAsync(WithOperator);
        using var alice = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);

        using var missing = await RemoveAsync(directory, alice.Username, key: null);
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.OperatorKeyRequired, missing);
        Assert.Equal("P2PChat-Operator-Key", Assert.Single(missing.Headers.WwwAuthenticate).Scheme);
        foreach (var key in new[] { OperatorKey[1..], OperatorKey + "x", registration.LeaseToken })
        {
            using var wrong = await RemoveAsync(directory, alice.Username, key);
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.OperatorKeyWrong, wrong);
        }

        Assert.True((await directory.FindAsync(alice.Username))!.Online);
    }

    [Fact]
    public async Task Unclaimed_name_cannot_be_removed()
    {
        await using var directory = await StartAsync(WithOperator);

        using var unknown = await RemoveAsync(directory, TestIdentity.UniqueName(), OperatorKey);
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownPeer, unknown);
        using var invalid = await RemoveAsync(directory, "no-name!", OperatorKey);
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, invalid);
    }

    [Theory]
    [InlineData]
    [InlineData("Directory:OperatorKey=")]
    public async Task Call_does_not_exist_without_a_configured_operator_key(params string[] settings)
    {
        await using var directory = await StartAsync(settings);
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);

        using var removed = await RemoveAsync(directory, alice.Username, "");

        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownRoute, removed);
        Assert.True((await directory.FindAsync(alice.Username))!.Online);
    }

    private static async Task<HttpResponseMessage> RemoveAsync(DirectoryFixture directory, string username, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/admin/claims/{username}");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("X-P2PChat-Operator-Key", key);
        }

        return await directory.Http.SendAsync(request);
    }
}

public sealed class MemoryAdminTests() : AdminContract(new MemoryStore());

public sealed class SqliteAdminTests(SqliteStore sqlite) : AdminContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisAdminTests(RedisStore redis) : AdminContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterAdminTests(RedisClusterStore cluster) : AdminContract(cluster);
