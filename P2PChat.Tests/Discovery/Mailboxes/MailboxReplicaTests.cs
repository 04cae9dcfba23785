using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>Mail and signals with two replicas on one Redis, and without Redis.</summary>
public sealed class MailboxReplicaTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private RedisServer _redis = null!;
    private DirectoryFixture _first = null!;
    private DirectoryFixture _second = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        // Polling is so rare that every signal must come from a notification.
        string[] settings = ["Directory:PollEvery=00:01:00", $"ConnectionStrings:redis={_redis.ConnectionString}"];
        _first = await DirectoryFixture.StartAsync(settings);
        _second = await DirectoryFixture.StartAsync(settings);
    }

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Mail_at_one_replica_signals_its_owner_at_the_other()
    {
        using var alice = new TestIdentity();
        var (token, capability) = await _first.RegisterWithMailboxAsync(alice);
        await using var signals = await SignalReader.OpenAsync(_second, alice.Username, token);

        await _first.LeaveMailAsync(alice.Username, capability, 1);

        Assert.Equal("mail", await signals.NextAsync());
        Assert.Equal(["01"], await _second.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Without_Redis_mailboxes_return_503_and_lose_no_mail()
    {
        using var alice = new TestIdentity();
        var (token, capability) = await _first.RegisterWithMailboxAsync(alice);
        await _first.LeaveMailAsync(alice.Username, capability, 1);
        var id = (await _first.CollectAsync(alice.Username, token)).Envelopes[0].Id;
        var mailbox = $"/peers/{alice.Username}/mailbox";

        await _redis.KillAsync();
        foreach (
            var (method, path) in new[]
            {
                (HttpMethod.Get, mailbox),
                (HttpMethod.Delete, $"{mailbox}?ids={id}"),
                (HttpMethod.Put, $"{mailbox}/capabilities/{MailboxFixture.HashOf(capability)}"),
                (HttpMethod.Delete, $"{mailbox}/capabilities/{MailboxFixture.HashOf(capability)}"),
                (HttpMethod.Get, $"/peers/{alice.Username}/signals"),
            }
        )
        {
            using var refused = await _first.SendAsync(method, path, token);
            await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, refused);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        using (var refused = await _first.DepositAsync(alice.Username, capability, [2]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, refused);
        }

        await _redis.RestartAsync(keepData: true);
        await Eventually.True(
            async () => (token = (await _first.RegisterAsync(alice)).LeaseToken).Length > 0,
            Soon,
            "the directory works again"
        );
        Assert.Equal(["01"], await _first.ReadMailAsync(alice.Username, token));
        await _first.LeaveMailAsync(alice.Username, capability, 3);
    }
}
