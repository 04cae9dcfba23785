using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>Quotas and expiry of mailboxes. Runs over each store.</summary>
public abstract class MailboxQuotaContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Contact_uses_only_its_own_quota_until_its_mail_is_deleted()
    {
        await using var directory = await StartAsync("Directory:Mailbox:CapabilityEnvelopes=2");
        using var alice = new TestIdentity();
        var (token, bobs) = await directory.RegisterWithMailboxAsync(alice);
        var carols = await directory.GrantAsync(alice.Username, token);
        await directory.LeaveMailAsync(alice.Username, bobs, 1);
        await directory.LeaveMailAsync(alice.Username, bobs, 2);

        using (var refused = await directory.DepositAsync(alice.Username, bobs, [3]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.MailboxFull, refused);
            Assert.Equal(TimeSpan.FromMinutes(5), refused.Headers.RetryAfter!.Delta);
        }

        await directory.LeaveMailAsync(alice.Username, carols, 4);
        var first = (await directory.CollectAsync(alice.Username, token)).Envelopes[0].Id;
        (await directory.SendAsync(HttpMethod.Delete, $"/peers/{alice.Username}/mailbox?ids={first}", token)).Dispose();
        await directory.LeaveMailAsync(alice.Username, bobs, 5);
        Assert.Equal(["02", "04", "05"], await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Bytes_are_limited_per_contact_and_per_mailbox()
    {
        await using var directory = await StartAsync(
            "Directory:Mailbox:EnvelopeBytes=1024",
            "Directory:Mailbox:CapabilityBytes=1500",
            "Directory:Mailbox:MailboxBytes=2500"
        );
        using var alice = new TestIdentity();
        var (token, bobs) = await directory.RegisterWithMailboxAsync(alice);
        var carols = await directory.GrantAsync(alice.Username, token);

        using (var large = await directory.DepositAsync(alice.Username, bobs, new byte[1025]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.RequestEntityTooLarge, ProblemTypes.TooLarge, large);
        }

        await directory.LeaveMailAsync(alice.Username, bobs, new byte[1024]);
        await directory.LeaveMailAsync(alice.Username, bobs, new byte[476]);
        using (var his = await directory.DepositAsync(alice.Username, bobs, [1]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.MailboxFull, his);
        }

        await directory.LeaveMailAsync(alice.Username, carols, new byte[1000]);
        using var full = await directory.DepositAsync(alice.Username, carols, [1]);
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.MailboxFull, full);
    }

    [Fact]
    public async Task Envelope_of_maximum_size_is_stored_unchanged()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var envelope = new byte[128 * 1024];
        new Random(1).NextBytes(envelope);

        await directory.LeaveMailAsync(alice.Username, capability, envelope);

        Assert.Equal([Convert.ToHexString(envelope)], await directory.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Capability_granted_again_still_counts_its_waiting_mail()
    {
        await using var directory = await StartAsync("Directory:Mailbox:CapabilityEnvelopes=1");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 1);
        var path = $"/peers/{alice.Username}/mailbox/capabilities/{MailboxFixture.HashOf(capability)}";

        (await directory.SendAsync(HttpMethod.Delete, path, token)).Dispose();
        (await directory.SendAsync(HttpMethod.Put, path, token)).Dispose();

        using var refused = await directory.DepositAsync(alice.Username, capability, [2]);
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.MailboxFull, refused);
    }

    [Fact]
    public async Task Capabilities_are_limited_and_counted_once_each()
    {
        await using var directory = await StartAsync("Directory:Mailbox:Capabilities=2");
        using var alice = new TestIdentity();
        var (token, first) = await directory.RegisterWithMailboxAsync(alice);
        await directory.GrantAsync(alice.Username, token);
        string PathOf(byte[] capability) =>
            $"/peers/{alice.Username}/mailbox/capabilities/{MailboxFixture.HashOf(capability)}";

        using var again = await directory.SendAsync(HttpMethod.Put, PathOf(first), token);
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        using var refused = await directory.SendAsync(HttpMethod.Put, PathOf(MailboxFixture.NewCapability()), token);
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyCapabilities, refused);
        (await directory.SendAsync(HttpMethod.Delete, PathOf(first), token)).Dispose();
        await directory.GrantAsync(alice.Username, token);
    }

    [Fact]
    public async Task Expired_envelope_is_gone_and_frees_its_quota()
    {
        await using var directory = await StartAsync(
            "Directory:Mailbox:Kept=00:00:00.500",
            "Directory:Mailbox:SweepEvery=00:00:00.100",
            "Directory:Mailbox:CapabilityEnvelopes=1"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveMailAsync(alice.Username, capability, 1);

        await Eventually.True(
            async () => (await directory.ReadMailAsync(alice.Username, token)).Length == 0,
            Soon,
            "the mail has expired"
        );
        await Eventually.True(
            async () =>
            {
                using var response = await directory.DepositAsync(alice.Username, capability, [2]);
                return response.StatusCode == HttpStatusCode.Created;
            },
            Soon,
            "a deposit is accepted again"
        );
    }

    [Fact]
    public async Task Page_of_expired_envelopes_does_not_hide_later_mail()
    {
        await using var directory = await StartAsync(
            "Directory:Mailbox:Kept=00:00:02",
            "Directory:Mailbox:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        for (byte i = 1; i <= 5; i++)
        {
            await directory.LeaveMailAsync(alice.Username, capability, i);
        }

        await Eventually.True(
            async () => (await directory.CollectAsync(alice.Username, token, "?limit=2")).Envelopes.Count == 0,
            Soon,
            "the mail has expired"
        );
        for (var attempt = 1; ; attempt++)
        {
            using var left = await directory.DepositAsync(alice.Username, capability, [9]);
            var page = await directory.CollectAsync(alice.Username, token, "?limit=2");
            // On a busy machine this one may have expired too. Then try again.
            if (
                DateTimeOffset.UtcNow
                    >= (await left.Content.ReadFromJsonAsync<DepositResponse>(JsonSerializerOptions.Web))!.ExpiresAt
                && attempt < 20
            )
            {
                continue;
            }

            Assert.Equal([9], Convert.FromBase64String(Assert.Single(page.Envelopes).Envelope));
            Assert.Null(page.Next);
            return;
        }
    }
}

public sealed class MemoryMailboxQuotaTests() : MailboxQuotaContract(new MemoryStore());

public sealed class SqliteMailboxQuotaTests(SqliteStore sqlite)
    : MailboxQuotaContract(sqlite),
        IClassFixture<SqliteStore>;

public sealed class RedisMailboxQuotaTests(RedisStore redis) : MailboxQuotaContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterMailboxQuotaTests(RedisClusterStore cluster) : MailboxQuotaContract(cluster);
