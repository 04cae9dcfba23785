using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery;

public abstract partial class DirectoryContract
{
    private const string OperatorKey = "an-operators-key-of-some-length";
    private const string WithOperator = "Directory:OperatorKey=" + OperatorKey;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_operator_frees_a_name_that_is_online_or_not(bool online)
    {
        await using var directory = await StartAsync(WithOperator);
        using var alice = new TestIdentity();
        using var heir = new TestIdentity(alice.Username);
        await directory.RegisterAsync(alice);
        if (!online)
        {
            (await directory.LeaveAsync(alice)).Dispose();
        }

        using var removed = await RemoveAsync(directory, alice.Username.ToUpperInvariant(), OperatorKey);

        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Null(await directory.FindAsync(alice.Username));
        Assert.Empty((await directory.ListAsync()).Peers);
        await directory.RegisterAsync(heir);
        Assert.Equal(heir.PeerId.ToString(), (await directory.FindAsync(alice.Username))!.PeerId);
    }

    [Fact]
    public async Task A_removed_claim_is_told_as_a_leave_and_counts_no_longer()
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
    public async Task Without_the_operators_key_no_claim_is_removed()
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
    public async Task A_name_that_nobody_claims_cannot_be_removed()
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
    public async Task A_directory_without_an_operators_key_has_no_such_call(params string[] settings)
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
