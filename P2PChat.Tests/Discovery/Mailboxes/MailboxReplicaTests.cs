using System.Net;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Mailboxes;

/// <summary>Mail and signals with two replicas on one Redis, and without Redis.</summary>
public sealed class MailboxReplicaTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private TwoReplicas _replicas = null!;

    public async Task InitializeAsync() => _replicas = await TwoReplicas.StartAsync();

    public async Task DisposeAsync() => await _replicas.DisposeAsync();

    [Fact]
    public async Task Mail_at_one_replica_signals_its_owner_at_the_other()
    {
        using var alice = new TestIdentity();
        var (token, capability) = await _replicas.First.RegisterWithMailboxAsync(alice);
        await using var signals = await SignalReader.OpenAsync(_replicas.Second, alice.Username, token);

        await _replicas.First.LeaveMailAsync(alice.Username, capability, 1);

        Assert.Equal("mail", await signals.NextAsync());
        Assert.Equal(["01"], await _replicas.Second.ReadMailAsync(alice.Username, token));
    }

    [Fact]
    public async Task Without_Redis_mailboxes_return_503_and_lose_no_mail()
    {
        using var alice = new TestIdentity();
        var (token, capability) = await _replicas.First.RegisterWithMailboxAsync(alice);
        await _replicas.First.LeaveMailAsync(alice.Username, capability, 1);
        var id = (await _replicas.First.CollectAsync(alice.Username, token)).Envelopes[0].Id;
        var mailbox = $"/peers/{alice.Username}/mailbox";

        await _replicas.Redis.KillAsync();
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
            using var refused = await _replicas.First.SendAsync(method, path, token);
            await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, refused);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        using (var refused = await _replicas.First.DepositAsync(alice.Username, capability, [2]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, refused);
        }

        await _replicas.Redis.RestartAsync(keepData: true);
        await Eventually.True(
            async () => (token = (await _replicas.First.RegisterAsync(alice)).LeaseToken).Length > 0,
            Soon,
            "the directory works again"
        );
        Assert.Equal(["01"], await _replicas.First.ReadMailAsync(alice.Username, token));
        await _replicas.First.LeaveMailAsync(alice.Username, capability, 3);
    }
}
