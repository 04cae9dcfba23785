using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>Mailboxes: deposits, collection, deletion and capabilities. Runs over each store.</summary>
public abstract class MailboxContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Envelopes_wait_in_order_until_deleted()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);

        using (var first = await directory.DepositAsync(alice.Username, capability, [1, 0, 255]))
        {
            Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        }

        await directory.LeaveMailAsync(alice.Username, capability, 2);
        await directory.LeaveMailAsync(alice.Username, capability, 2);

        Assert.Equal(["0100FF", "02", "02"], await directory.ReadMailAsync(alice.Username, token));
        var page = await directory.CollectAsync(alice.Username, token);
        Assert.Null(page.Next);
        Assert.Equal(3, page.Envelopes.Select(envelope => envelope.Id).Distinct().Count());
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var deleted = await directory.SendAsync(
                HttpMethod.Delete,
                $"/peers/{alice.Username}/mailbox?ids={page.Envelopes[0].Id},{page.Envelopes[2].Id}",
                token
            );
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }

        Assert.Equal(["02"], await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Mail_for_an_offline_peer_is_collected_on_return()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        (await directory.UnregisterAsync(alice)).Dispose();

        await directory.LeaveMailAsync(alice.Username, capability, 7);

        var back = await directory.RegisterAsync(alice);
        Assert.Equal(["07"], await directory.ReadMailAsync(alice.Username, back.LeaseToken));
    }

    [Fact]
    public async Task Pages_are_limited_by_count_and_bytes()
    {
        await using var directory = await StartAsync("Directory:Mailbox:PageBytes=100");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        foreach (var size in new[] { 10, 60, 50, 120, 1 })
        {
            await directory.LeaveMailAsync(alice.Username, capability, new byte[size]);
        }

        var sizes = new List<int[]>();
        for (string? after = null; ; )
        {
            var page = await directory.CollectAsync(
                alice.Username,
                token,
                "?limit=2" + (after is null ? "" : "&after=" + after)
            );
            sizes.Add([.. page.Envelopes.Select(envelope => Convert.FromBase64String(envelope.Envelope).Length)]);
            if ((after = page.Next) is null)
            {
                break;
            }
        }

        Assert.Equal(
            [
                [10, 60],
                [50],
                [120],
                [1],
            ],
            sizes
        );
    }

    [Fact]
    public async Task Unknown_capability_mailbox_and_name_get_the_same_response()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.RegisterAsync(bob);

        var responses = new List<string>();
        foreach (
            var (name, sent) in new[]
            {
                (alice.Username, MailboxFixture.NewCapability()),
                (bob.Username, capability),
                ("nobody-at-all", capability),
            }
        )
        {
            using var refused = await directory.DepositAsync(name, sent, [1]);
            var problem = await ProblemAssert.IsAsync(
                HttpStatusCode.Forbidden,
                ProblemTypes.CapabilityUnknown,
                refused
            );
            responses.Add(
                string.Join(
                    '\n',
                    problem.EnumerateObject().Where(field => field.Name != "traceId").Select(field => field.ToString())
                )
            );
        }

        Assert.Single(responses.Distinct());
        Assert.Empty(await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Revoked_capability_is_refused_and_others_still_work()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (token, bobs) = await directory.RegisterWithMailboxAsync(alice);
        var carols = await directory.GrantAsync(alice.Username, token);
        await directory.LeaveMailAsync(alice.Username, bobs, 1);

        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var revoked = await directory.SendAsync(
                HttpMethod.Delete,
                $"/peers/{alice.Username}/mailbox/capabilities/{MailboxFixture.HashOf(bobs)}",
                token
            );
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        }

        using var refused = await directory.DepositAsync(alice.Username, bobs, [2]);
        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.CapabilityUnknown, refused);
        await directory.LeaveMailAsync(alice.Username, carols, 3);
        Assert.Equal(["01", "03"], await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Only_the_owner_can_read_delete_and_grant()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var (anothers, _) = await directory.RegisterWithMailboxAsync(mallory);
        await directory.LeaveMailAsync(alice.Username, capability, 1);
        var id = (await directory.CollectAsync(alice.Username, token)).Envelopes[0].Id;
        var hash = MailboxFixture.HashOf(capability);

        foreach (
            var wrong in new[]
            {
                null,
                anothers,
                token[..^1] + (token[^1] == 'A' ? 'B' : 'A'),
                alice.Username + anothers[anothers.IndexOf('.', StringComparison.Ordinal)..],
            }
        )
        {
            foreach (
                var (method, path) in new[]
                {
                    (HttpMethod.Get, "mailbox"),
                    (HttpMethod.Delete, $"mailbox?ids={id}"),
                    (HttpMethod.Put, $"mailbox/capabilities/{hash}"),
                    (HttpMethod.Delete, $"mailbox/capabilities/{hash}"),
                    (HttpMethod.Get, "signals"),
                }
            )
            {
                using var refused = await directory.SendAsync(method, $"/peers/{alice.Username}/{path}", wrong);
                await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, refused);
            }
        }

        // Ids are valid only within their own mailbox.
        using var own = await directory.SendAsync(
            HttpMethod.Delete,
            $"/peers/{mallory.Username}/mailbox?ids={id}",
            anothers
        );
        Assert.Equal(HttpStatusCode.NoContent, own.StatusCode);
        Assert.Equal(["01"], await directory.ReadMailAsync(alice.Username, token));
        await directory.LeaveMailAsync(alice.Username, capability, 2);
    }

    [Fact]
    public async Task Released_name_leaves_no_mail_to_the_next_owner()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 1);
        (await directory.UnregisterAsync(alice, release: true)).Dispose();

        using (var gone = await directory.DepositAsync(alice.Username, capability, [2]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.CapabilityUnknown, gone);
        }

        var token = (await directory.RegisterAsync(next)).LeaseToken;

        using (var still = await directory.DepositAsync(alice.Username, capability, [3]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.CapabilityUnknown, still);
        }

        Assert.Empty(await directory.ReadMailAsync(alice.Username, token));
        // Old mail does not count towards the new quotas either.
        await directory.LeaveMailAsync(alice.Username, await directory.GrantAsync(alice.Username, token), 4);
        Assert.Equal(["04"], await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Expired_claim_leaves_no_mail_to_the_next_owner()
    {
        await using var directory = await StartAsync(
            "Directory:Lease=00:00:03",
            "Directory:RenewEvery=00:00:00.100",
            "Directory:Claim=00:00:00.100",
            "Directory:SweepEvery=00:00:04"
        );
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 1);

        await Eventually.True(
            async () => await directory.FindAsync(alice.Username) is null,
            Soon,
            "the claim has expired"
        );
        using (var gone = await directory.DepositAsync(alice.Username, capability, [2]))
        {
            Assert.Equal(HttpStatusCode.Forbidden, gone.StatusCode);
        }

        var token = (await directory.RegisterAsync(next)).LeaseToken;
        Assert.Empty(await directory.ReadMailAsync(alice.Username, token));
        using var still = await directory.DepositAsync(alice.Username, capability, [3]);
        Assert.Equal(HttpStatusCode.Forbidden, still.StatusCode);
    }
}

public sealed class MemoryMailboxTests() : MailboxContract(new MemoryStore());

public sealed class SqliteMailboxTests(SqliteStore sqlite) : MailboxContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisMailboxTests(RedisStore redis) : MailboxContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterMailboxTests(RedisClusterStore cluster) : MailboxContract(cluster);
