using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery;

public abstract partial class MailboxContract
{
    [Fact]
    public async Task One_contact_uses_up_its_own_quota_and_gets_it_back_by_the_deletion()
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
    public async Task Bytes_count_for_a_contact_and_for_the_whole_mailbox()
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
    public async Task The_largest_envelope_there_may_be_is_taken_whole()
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
    public async Task A_capability_that_was_taken_back_and_given_again_still_counts_what_waits()
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
    public async Task Capabilities_are_bounded_and_the_same_one_counts_once()
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
    public async Task What_nobody_collects_in_time_is_gone_and_counts_no_longer()
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
            "it has run out"
        );
        await Eventually.True(
            async () =>
            {
                using var response = await directory.DepositAsync(alice.Username, capability, [2]);
                return response.StatusCode == HttpStatusCode.Created;
            },
            Soon,
            "there is room again"
        );
    }

    [Fact]
    public async Task More_than_a_page_of_what_has_run_out_and_is_not_swept_hides_nothing_that_came_later()
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
            "it has run out"
        );
        for (var attempt = 1; ; attempt++)
        {
            using var left = await directory.DepositAsync(alice.Username, capability, [9]);
            var page = await directory.CollectAsync(alice.Username, token, "?limit=2");
            // On a busy machine this too may have run out by now, which shows nothing.
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
