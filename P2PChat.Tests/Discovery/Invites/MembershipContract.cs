using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using static P2PChat.Tests.Discovery.Invites.InviteFixture;

namespace P2PChat.Tests.Discovery.Invites;

/// <summary>What members may do, and how the operator removes them. Runs over each store.</summary>
public abstract class MembershipContract(IStoreUnderTest store) : DirectoryContract(store)
{
    private const string OperatorKey = "an-operators-key-of-some-length";
    private const string WithOperator = "Directory:OperatorKey=" + OperatorKey;

    [Fact]
    public async Task Member_uses_every_call_without_the_join_token()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var alices = await directory.EnterAsync(alice, joinToken: JoinToken);
        var lease = await directory.EnterAsync(bob, await directory.NewCodeAsync(alices));
        var own = $"/peers/{bob.Username}";

        foreach (
            var (method, path, expected) in new[]
            {
                (HttpMethod.Post, $"{own}/lease", HttpStatusCode.OK),
                (HttpMethod.Get, "/peers", HttpStatusCode.OK),
                (HttpMethod.Get, $"/peers/{alice.Username}", HttpStatusCode.OK),
                (HttpMethod.Put, $"{own}/mailbox/capabilities/{HashOf(NewCode())}", HttpStatusCode.NoContent),
                (HttpMethod.Get, $"{own}/mailbox", HttpStatusCode.OK),
                (HttpMethod.Get, $"{own}/requests", HttpStatusCode.OK),
                (HttpMethod.Delete, $"/invites/{HashOf(NewCode())}", HttpStatusCode.NoContent),
                (HttpMethod.Get, "/nowhere", HttpStatusCode.NotFound),
            }
        )
        {
            await AssertAsync(expected, directory.CallAsync(method, path, lease));
        }

        _ = await directory.NewCodeAsync(lease, joinToken: null);
        await AssertAsync(HttpStatusCode.OK, directory.JoinAsync(bob, code: null));
        await AssertAsync(
            HttpStatusCode.NoContent,
            directory.CallAsync(HttpMethod.Delete, own, body: bob.Leave(await directory.GetIdAsync()))
        );
        await AssertAsync(HttpStatusCode.OK, directory.JoinAsync(bob, code: null));
    }

    [Fact]
    public async Task Members_code_lets_others_in()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        var lease = await directory.EnterAsync(
            bob,
            await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken))
        );

        await directory.EnterAsync(carol, await directory.NewCodeAsync(lease, joinToken: null));
    }

    [Fact]
    public async Task Caller_that_is_not_a_member_is_refused_as_before()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var mallory = new TestIdentity();
        var alices = await directory.EnterAsync(alice, joinToken: JoinToken);
        var code = await directory.NewCodeAsync(alices);
        var bobs = await directory.EnterAsync(bob, await directory.NewCodeAsync(alices));
        var id = await directory.GetIdAsync();

        foreach (
            var call in new[]
            {
                directory.CallAsync(HttpMethod.Get, "/peers", alices),
                directory.CallAsync(HttpMethod.Get, "/peers", bobs[..^1] + (bobs[^1] == 'A' ? 'B' : 'A')),
                directory.CallAsync(HttpMethod.Post, $"/peers/{bob.Username}/lease"),
                directory.CallAsync(HttpMethod.Post, "/invites", alices, body: new { }),
                directory.CallAsync(HttpMethod.Put, "/nowhere", code: code),
                directory.CallAsync(HttpMethod.Get, "/peers", code: code),
                directory.CallAsync(HttpMethod.Patch, $"/peers/{bob.Username}"),
                directory.CallAsync(HttpMethod.Put, "/peers/x", code: code, body: new { record = "no" }),
                directory.CallAsync(
                    HttpMethod.Delete,
                    $"/peers/{mallory.Username}",
                    code: code,
                    body: mallory.Leave(id)
                ),
                // Signed by another key than the member's.
                directory.CallAsync(
                    HttpMethod.Put,
                    $"/peers/{bob.Username}",
                    body: bob.Register(id) with
                    {
                        Signature = mallory.Register(id).Signature,
                    }
                ),
            }
        )
        {
            await AssertRefusedAsync(call);
        }

        Assert.Equal(
            bob.PeerId.ToString(),
            Assert.Single((await directory.Members.ListMembersAsync(after: null, 10, default)).Members).PeerId
        );
    }

    [Fact]
    public async Task Capability_is_enough_to_deposit_without_the_join_token()
    {
        await using var directory = await StartAsync(WithJoinToken);
        using var alice = new TestIdentity();
        var lease = await directory.EnterAsync(alice, joinToken: JoinToken);
        var capability = MailboxFixture.NewCapability();
        await AssertAsync(
            HttpStatusCode.NoContent,
            directory.CallAsync(
                HttpMethod.Put,
                $"/peers/{alice.Username}/mailbox/capabilities/{HashOf(capability)}",
                lease,
                JoinToken
            )
        );

        await directory.LeaveMailAsync(alice.Username, capability, 1);
        foreach (
            var (name, sent) in new[]
            {
                (alice.Username, MailboxFixture.NewCapability()),
                ("nobody-at-all", capability),
                ("x", capability),
            }
        )
        {
            await AssertRefusedAsync(directory.DepositAsync(name, sent, [1]));
        }
    }

    [Fact]
    public async Task Operator_lists_members_in_pages()
    {
        await using var directory = await StartAsync(WithJoinToken, WithOperator);
        using var alice = new TestIdentity();
        var code = await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken), uses: 5);
        var joined = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < 5; i++)
        {
            using var joiner = new TestIdentity();
            await directory.EnterAsync(joiner, code);
            joined.Add(joiner.PeerId.ToString(), joiner.Username);
        }

        var listed = new List<MemberSummary>();
        for (string? after = null; ; )
        {
            using var response = await AsOperatorAsync(
                directory,
                HttpMethod.Get,
                "/admin/members?limit=2" + (after is null ? "" : "&after=" + after)
            );
            var page = (await response.Content.ReadFromJsonAsync<MemberListing>(JsonSerializerOptions.Web))!;
            listed.AddRange(page.Members);
            if ((after = page.Next) is null)
            {
                break;
            }
        }

        Assert.Equal(joined.Keys, listed.Select(member => member.PeerId));
        Assert.Equal(joined.Values, listed.Select(member => Assert.Single(member.Usernames)));
        Assert.All(listed, member =>
        {
            Assert.Equal(alice.PeerId.ToString(), member.InvitedBy);
            Assert.InRange(member.JoinedAt, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
            Assert.InRange(member.LastSeen, member.JoinedAt, DateTimeOffset.UtcNow.AddMinutes(1));
        });
        foreach (var query in new[] { "?limit=0", "?limit=1001", "?after=x" })
        {
            await AssertAsync(
                HttpStatusCode.BadRequest,
                AsOperatorAsync(directory, HttpMethod.Get, "/admin/members" + query)
            );
        }
    }

    [Fact]
    public async Task Removed_member_loses_access_lease_and_codes_at_once()
    {
        await using var directory = await StartAsync(WithJoinToken, WithOperator, "Directory:Heartbeat=00:00:00.100");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        using var dave = new TestIdentity();
        var alices = await directory.EnterAsync(alice, joinToken: JoinToken);
        var code = await directory.NewCodeAsync(alices, uses: 3);
        var bobs = await directory.EnterAsync(bob, code);
        var bobsCode = await directory.NewCodeAsync(bobs, uses: 3, joinToken: null);
        var carols = await directory.EnterAsync(carol, bobsCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/peers/events");
        request.Headers.Add("Authorization", "Bearer " + bobs);
        using var events = await directory.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, events.StatusCode);

        await AssertAsync(
            HttpStatusCode.NoContent,
            AsOperatorAsync(directory, HttpMethod.Delete, $"/admin/members/{bob.PeerId}")
        );

        await AssertRefusedAsync(directory.CallAsync(HttpMethod.Get, "/peers", bobs));
        await AssertRefusedAsync(directory.CallAsync(HttpMethod.Post, $"/peers/{bob.Username}/lease", bobs));
        await AssertRefusedAsync(directory.JoinAsync(bob, code));
        await AssertRefusedAsync(directory.JoinAsync(bob, code: null));
        await AssertRefusedAsync(directory.JoinAsync(dave, bobsCode));
        using (var found = await directory.CallAsync(HttpMethod.Get, $"/peers/{bob.Username}", joinToken: JoinToken))
        {
            Assert.False((await found.Content.ReadFromJsonAsync<PeerDetails>(JsonSerializerOptions.Web))!.Online);
        }

        // The stream ends.
        await using var stream = await events.Content.ReadAsStreamAsync();
        await stream.CopyToAsync(Stream.Null).WaitAsync(Soon);

        // Others stay: the one that bob invited, and the code that let bob in.
        await AssertAsync(HttpStatusCode.OK, directory.CallAsync(HttpMethod.Get, "/peers", carols));
        await AssertAsync(HttpStatusCode.Created, directory.JoinAsync(dave, code));
    }

    [Fact]
    public async Task Codes_of_a_key_that_is_not_a_member_can_be_voided()
    {
        await using var directory = await StartAsync(WithJoinToken, WithOperator);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var code = await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken));

        await AssertAsync(
            HttpStatusCode.NoContent,
            AsOperatorAsync(directory, HttpMethod.Delete, $"/admin/members/{alice.PeerId}")
        );

        await AssertRefusedAsync(directory.JoinAsync(bob, code));
        using var again = await AsOperatorAsync(directory, HttpMethod.Delete, $"/admin/members/{alice.PeerId}");
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownMember, again);
    }

    [Fact]
    public async Task Members_are_neither_listed_nor_removed_without_the_operator_key()
    {
        await using var directory = await StartAsync(WithJoinToken, WithOperator);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var lease = await directory.EnterAsync(
            bob,
            await directory.NewCodeAsync(await directory.EnterAsync(alice, joinToken: JoinToken))
        );

        foreach (
            var (method, path) in new[]
            {
                (HttpMethod.Get, "/admin/members"),
                (HttpMethod.Delete, $"/admin/members/{bob.PeerId}"),
            }
        )
        {
            await AssertAsync(HttpStatusCode.Unauthorized, directory.CallAsync(method, path, lease, JoinToken));
            using var wrong = await AsOperatorAsync(directory, method, path, OperatorKey + "x");
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.OperatorKeyWrong, wrong);
        }

        await AssertAsync(HttpStatusCode.OK, directory.CallAsync(HttpMethod.Get, "/peers", lease));
    }

    private static async Task<HttpResponseMessage> AsOperatorAsync(
        DirectoryFixture directory,
        HttpMethod method,
        string path,
        string key = OperatorKey
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add(DirectoryHeaders.JoinToken, JoinToken);
        request.Headers.Add(DirectoryHeaders.OperatorKey, key);
        return await directory.Http.SendAsync(request);
    }
}

public sealed class MemoryMembershipTests() : MembershipContract(new MemoryStore());

public sealed class SqliteMembershipTests(SqliteStore sqlite) : MembershipContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisMembershipTests(RedisStore redis) : MembershipContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterMembershipTests(RedisClusterStore cluster) : MembershipContract(cluster);
