using System.Net;
using System.Net.Http.Headers;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

/// <summary>How mailboxes behave, whatever the store is. Each store has a class that runs all of this.</summary>
public abstract partial class MailboxContract
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    protected abstract Task<string[]> PrepareStoreAsync();

    private async Task<DirectoryFixture> StartAsync(params string[] settings) =>
        await DirectoryFixture.StartAsync([.. await PrepareStoreAsync(), .. settings]);

    [Fact]
    public async Task What_was_left_waits_in_order_until_its_owner_deletes_it()
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
    public async Task Mail_is_left_for_one_who_is_away_and_collected_when_it_is_back()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        (await directory.LeaveAsync(alice)).Dispose();

        await directory.LeaveMailAsync(alice.Username, capability, 7);

        var back = await directory.RegisterAsync(alice);
        Assert.Equal(["07"], await directory.ReadMailAsync(alice.Username, back.LeaseToken));
    }

    [Fact]
    public async Task Pages_hold_as_much_as_was_asked_for_and_no_more_bytes_than_the_directory_gives()
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
    public async Task An_unknown_capability_a_name_without_a_mailbox_and_a_name_that_nobody_has_are_answered_alike()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.RegisterAsync(bob);

        var answers = new List<string>();
        foreach (
            var (name, brought) in new[]
            {
                (alice.Username, MailboxFixture.NewCapability()),
                (bob.Username, capability),
                ("nobody-at-all", capability),
            }
        )
        {
            using var refused = await directory.DepositAsync(name, brought, [1]);
            var problem = await ProblemAssert.IsAsync(
                HttpStatusCode.Forbidden,
                ProblemTypes.CapabilityUnknown,
                refused
            );
            answers.Add(
                string.Join(
                    '\n',
                    problem.EnumerateObject().Where(field => field.Name != "traceId").Select(field => field.ToString())
                )
            );
        }

        Assert.Single(answers.Distinct());
        Assert.Empty(await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task A_capability_that_was_taken_back_lets_nobody_in_and_leaves_the_others()
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
    public async Task Only_its_owner_reads_a_mailbox_deletes_from_it_and_says_who_may_leave_mail()
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

        // An id is its mailbox's: under one's own name it names nothing.
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
    public async Task A_name_that_was_given_up_leaves_nothing_to_the_next()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 1);
        (await directory.LeaveAsync(alice, release: true)).Dispose();

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
        // Nor is anything left that would count against its quotas.
        await directory.LeaveMailAsync(alice.Username, await directory.GrantAsync(alice.Username, token), 4);
        Assert.Equal(["04"], await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task A_name_whose_claim_ran_out_leaves_nothing_to_the_next()
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
            "the claim has run out"
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

    [Fact]
    public async Task What_cannot_be_read_is_refused_by_a_sentence()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var mailbox = $"/peers/{alice.Username}/mailbox";

        foreach (
            var (method, path) in new[]
            {
                (HttpMethod.Get, "?limit=0"),
                (HttpMethod.Get, "?limit=1000"),
                (HttpMethod.Get, "?limit=x"),
                (HttpMethod.Get, "?after=1"),
                (HttpMethod.Delete, ""),
                (HttpMethod.Delete, "?ids="),
                (HttpMethod.Delete, "?ids=1,2"),
                (HttpMethod.Delete, "?ids=000000000000000%20"),
                (HttpMethod.Delete, "?ids=" + string.Join(',', Enumerable.Repeat("0000000000000000", 257))),
                (HttpMethod.Put, "/capabilities/abc"),
                (HttpMethod.Put, "/capabilities/" + new string('_', 43)),
                (HttpMethod.Put, "/capabilities/" + new string('*', 43)),
            }
        )
        {
            using var refused = await directory.SendAsync(method, mailbox + path, token);
            await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, refused);
        }

        foreach (var bad in new[] { null, Array.Empty<byte>(), capability[1..], [.. capability, 0] })
        {
            using var refused = await directory.DepositAsync(alice.Username, bad, [1]);
            await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, refused);
        }

        using var empty = await directory.DepositAsync(alice.Username, capability, []);
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, empty);
        using var name = await directory.DepositAsync("A", capability, [1]);
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidUsername, name);
        using var text = new StringContent("hello", new MediaTypeHeaderValue("text/plain"));
        using var request = new HttpRequestMessage(HttpMethod.Post, mailbox) { Content = text };
        request.Headers.Add("X-P2PChat-Capability", System.Buffers.Text.Base64Url.EncodeToString(capability));
        using var type = await directory.Http.SendAsync(request);
        await ProblemAssert.IsAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.UnsupportedMediaType, type);
    }
}
