using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>Request boxes: deposits, limits and collection. Runs over each store.</summary>
public abstract class RequestBoxContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Requests_wait_in_order_until_deleted()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests);
        using (var left = await directory.UnregisterAsync(alice))
        {
            Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        }

        await directory.LeaveRequestAsync(alice.Username, await EnterAsync(directory, bob), 1);
        await directory.LeaveRequestAsync(alice.Username, await EnterAsync(directory, carol), 2);

        var lease = (await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests)).LeaseToken;
        Assert.Equal([1, 2], await directory.ReadRequestsAsync(alice.Username, lease));
        var first = await directory.CollectRequestsAsync(alice.Username, lease, "?limit=1");
        Assert.Equal(Assert.Single(first.Envelopes).Id, first.Next);
        var second = await directory.CollectRequestsAsync(alice.Username, lease, $"?limit=1&after={first.Next}");
        Assert.Null(second.Next);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var deleted = await directory.SendAsync(
                HttpMethod.Delete,
                $"/peers/{alice.Username}/requests?ids={first.Next}",
                lease
            );
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }

        Assert.Equal([2], await directory.ReadRequestsAsync(alice.Username, lease));
        // Neither is mail.
        Assert.Empty(await directory.ReadMailAsync(alice.Username, lease));
    }

    [Fact]
    public async Task Request_signals_its_owner_at_once_and_at_the_start()
    {
        await using var directory = await StartAsync("Directory:PollEvery=00:01:00");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var lease = (await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests)).LeaseToken;
        var bobs = await EnterAsync(directory, bob);
        await using (var signals = await SignalReader.OpenAsync(directory, alice.Username, lease))
        {
            await directory.LeaveRequestAsync(alice.Username, bobs, 1);
            Assert.Equal("mail", await signals.NextAsync());
        }

        await using var later = await SignalReader.OpenAsync(directory, alice.Username, lease);
        Assert.Equal("mail", await later.NextAsync());
    }

    [Fact]
    public async Task Box_is_open_only_while_the_current_record_says_so()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var bobs = await EnterAsync(directory, bob);

        await AssertClosedAsync(directory, alice.Username, bobs);
        await directory.RegisterAsync(alice);
        await AssertClosedAsync(directory, alice.Username, bobs);
        // Without a prekey nobody can seal a request.
        await directory.RegisterAsync(alice, record => record.TakesRequests = true);
        await AssertClosedAsync(directory, alice.Username, bobs);
        await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests);
        await directory.LeaveRequestAsync(alice.Username, bobs, 1);
        var lease = (await directory.RegisterAsync(alice)).LeaseToken;
        await AssertClosedAsync(directory, alice.Username, bobs);

        // What has arrived can still be read.
        Assert.Equal([1], await directory.ReadRequestsAsync(alice.Username, lease));
    }

    [Fact]
    public async Task Second_request_of_a_sender_replaces_the_first()
    {
        await using var directory = await StartAsync(
            "Directory:RequestBox:Envelopes=1",
            "Directory:RequestBox:PerSender=2"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var lease = (await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests)).LeaseToken;
        var bobs = await EnterAsync(directory, bob);

        await directory.LeaveRequestAsync(alice.Username, bobs, 1);
        // A retry costs nothing.
        await directory.LeaveRequestAsync(alice.Username, bobs, 1);
        await directory.LeaveRequestAsync(alice.Username, bobs, 1);
        await directory.LeaveRequestAsync(alice.Username, bobs, 2);

        Assert.Equal([2], await directory.ReadRequestsAsync(alice.Username, lease));
        using var third = await directory.AskAsync(alice.Username, bobs, RequestBoxFixture.NewRequest(3));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, third);
    }

    [Fact]
    public async Task Full_box_refuses_further_senders()
    {
        await using var directory = await StartAsync("Directory:RequestBox:Envelopes=2");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        using var dave = new TestIdentity();
        var lease = (await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests)).LeaseToken;
        await directory.LeaveRequestAsync(alice.Username, await EnterAsync(directory, bob), 1);
        await directory.LeaveRequestAsync(alice.Username, await EnterAsync(directory, carol), 2);
        var daves = await EnterAsync(directory, dave);

        using (var full = await directory.AskAsync(alice.Username, daves, RequestBoxFixture.NewRequest(3)))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.RequestBoxFull, full);
            Assert.NotNull(full.Headers.RetryAfter);
        }

        var ids = (await directory.CollectRequestsAsync(alice.Username, lease)).Envelopes.Select(request => request.Id);
        (
            await directory.SendAsync(
                HttpMethod.Delete,
                $"/peers/{alice.Username}/requests?ids={string.Join(',', ids)}",
                lease
            )
        ).Dispose();
        await directory.LeaveRequestAsync(alice.Username, daves, 3);
    }

    [Theory]
    [InlineData("Directory:RequestBox:PerSender=2", true)]
    [InlineData("Directory:RequestBox:PerAddress=2", false)]
    public async Task Requests_are_limited_per_day_by_sender_and_address(string limit, bool othersMay)
    {
        await using var directory = await StartAsync(limit);
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        var bobs = await EnterAsync(directory, bob);
        var carols = await EnterAsync(directory, carol);
        var boxes = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            using var owner = new TestIdentity();
            await directory.RegisterAsync(owner, RequestBoxFixture.TakesRequests);
            boxes.Add(owner.Username);
        }

        await directory.LeaveRequestAsync(boxes[0], bobs, 1);
        await directory.LeaveRequestAsync(boxes[1], bobs, 1);

        using (var third = await directory.AskAsync(boxes[2], bobs, RequestBoxFixture.NewRequest(1)))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, third);
        }

        using var others = await directory.AskAsync(boxes[2], carols, RequestBoxFixture.NewRequest(1));
        Assert.Equal(othersMay ? HttpStatusCode.Created : HttpStatusCode.TooManyRequests, others.StatusCode);
    }

    [Fact]
    public async Task Only_the_owner_reads_and_deletes_and_only_a_lease_deposits()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity();
        var lease = (await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests)).LeaseToken;
        var others = await EnterAsync(directory, mallory);
        await directory.LeaveRequestAsync(alice.Username, others, 1);
        var id = (await directory.CollectRequestsAsync(alice.Username, lease)).Envelopes[0].Id;
        var requests = $"/peers/{alice.Username}/requests";

        foreach (var wrong in new[] { null, others })
        {
            foreach (
                var (method, path) in new[] { (HttpMethod.Get, requests), (HttpMethod.Delete, $"{requests}?ids={id}") }
            )
            {
                using var refused = await directory.SendAsync(method, path, wrong);
                await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, refused);
            }
        }

        foreach (var wrong in new[] { null, others[..^1] + (others[^1] == 'A' ? 'B' : 'A') })
        {
            using var refused = await directory.AskAsync(alice.Username, wrong, RequestBoxFixture.NewRequest(2));
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, refused);
        }

        Assert.Equal([1], await directory.ReadRequestsAsync(alice.Username, lease));
    }

    [Theory]
    [InlineData(0, HttpStatusCode.BadRequest)]
    [InlineData(1023, HttpStatusCode.BadRequest)]
    [InlineData(1025, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Request_has_exactly_1024_bytes(int size, HttpStatusCode expected)
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests);

        using var refused = await directory.AskAsync(alice.Username, await EnterAsync(directory, bob), new byte[size]);

        Assert.Equal(expected, refused.StatusCode);
    }

    [Fact]
    public async Task Request_expires()
    {
        await using var directory = await StartAsync("Directory:RequestBox:Kept=00:00:00.300");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var lease = (await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests)).LeaseToken;
        await directory.LeaveRequestAsync(alice.Username, await EnterAsync(directory, bob), 1);

        await Eventually.True(
            async () => (await directory.ReadRequestsAsync(alice.Username, lease)).Count == 0,
            Soon,
            "the request has expired"
        );

        while (await directory.Requests.SweepAsync(default) > 0)
        {
            // A reader may have deleted it already.
        }

        Assert.Empty(await directory.ReadRequestsAsync(alice.Username, lease));
    }

    [Fact]
    public async Task Released_name_leaves_no_requests_to_the_next_owner()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        using var bob = new TestIdentity();
        await directory.RegisterAsync(alice, RequestBoxFixture.TakesRequests);
        await directory.LeaveRequestAsync(alice.Username, await EnterAsync(directory, bob), 1);
        (await directory.UnregisterAsync(alice, release: true)).Dispose();

        var lease = (await directory.RegisterAsync(next, RequestBoxFixture.TakesRequests)).LeaseToken;

        Assert.Empty(await directory.ReadRequestsAsync(alice.Username, lease));
    }

    private static async Task<string> EnterAsync(DirectoryFixture directory, TestIdentity peer) =>
        (await directory.RegisterAsync(peer)).LeaseToken;

    private static async Task AssertClosedAsync(DirectoryFixture directory, string name, string lease)
    {
        using var refused = await directory.AskAsync(name, lease, RequestBoxFixture.NewRequest(9));
        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.RequestBoxClosed, refused);
    }
}

public sealed class MemoryRequestBoxTests() : RequestBoxContract(new MemoryStore());

public sealed class SqliteRequestBoxTests(SqliteStore sqlite) : RequestBoxContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisRequestBoxTests(RedisStore redis) : RequestBoxContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterRequestBoxTests(RedisClusterStore cluster) : RequestBoxContract(cluster);
