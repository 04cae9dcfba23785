using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Relay.Sessions;

/// <summary>Path sessions with two replicas on one Redis.</summary>
public sealed class PathReplicaTests : IAsyncLifetime
{
    private TwoReplicas _replicas = null!;

    public async Task InitializeAsync() => _replicas = await TwoReplicas.StartAsync();

    public async Task DisposeAsync() => await _replicas.DisposeAsync();

    [Fact]
    public async Task Session_at_one_replica_reaches_streams_at_the_other()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var aliceToken = (await _replicas.First.RegisterAsync(alice)).LeaseToken;
        var bobToken = (await _replicas.Second.RegisterAsync(bob)).LeaseToken;
        // All streams are at the second replica, and the session at the first.
        await using var toAlice = await SignalReader.OpenAsync(
            _replicas.Second,
            alice.Username,
            aliceToken,
            paths: true
        );
        await using var toBob = await SignalReader.OpenAsync(_replicas.Second, bob.Username, bobToken, paths: true);
        await using var older = await SignalReader.OpenAsync(_replicas.Second, bob.Username, bobToken);

        // Another program may publish anything. It reaches nobody and breaks nothing.
        foreach (
            var garbage in new[]
            {
                "",
                "session",
                $"session {bob.Username}",
                $"session {bob.Username}\nevent: mail\ndata: {{}}\n\n",
                $"Session:x {bob.Username}\n{{}}",
                $"session no name\n{{}}",
                $"session {bob.Username}\n{new string('x', 8 * 1024 + 1)}",
                new string('y', 100_000) + "\n{}",
            }
        )
        {
            _ = await _replicas.Redis.SendAsync("PUBLISH", "p2pchat:signals", garbage);
        }

        var request = await _replicas.First.RequestAsync(alice, bob);
        var session = await _replicas.First.StartSessionAsync(aliceToken, request);
        var signal = await toBob.NextSessionAsync();
        Assert.Equal((session.SessionId, "127.0.0.1"), (signal.SessionId, signal.ObservedAddress));
        await _replicas.First.SendSignalAsync(
            signal.SessionId,
            signal.Token,
            PathFixture.AnswerBody(PathFixture.Answer(bob, request))
        );
        Assert.Equal(PathSignalKinds.Answer, (await toAlice.NextPathAsync()).Signal.Kind);

        // An older peer's stream gets mail only: the session's events would be too long for it.
        var capability = await _replicas.First.GrantAsync(bob.Username, bobToken);
        await _replicas.First.LeaveMailAsync(bob.Username, capability, 1);
        Assert.Equal("mail", await older.NextAsync());
        Assert.Equal("mail", await toBob.NextAsync());

        // The address is in Redis only while there is a lease.
        string[] peers = ["EVAL", ReadPeers, "0", bob.Username];
        Assert.Contains("a=127.0.0.1", await _replicas.Redis.SendAsync(peers), StringComparison.Ordinal);
        (await _replicas.First.UnregisterAsync(bob)).Dispose();
        var stored = await _replicas.Redis.SendAsync(peers);
        Assert.Contains(bob.PeerId.ToString(), stored, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", stored, StringComparison.Ordinal);

        await _replicas.Redis.KillAsync();
        var remembered = await _replicas.First.FindAsync(alice.Username, aliceToken);
        Assert.Equal("127.0.0.1", remembered!.ObservedAddress);
        Assert.NotNull(remembered.AsOf);
        using var refused = await _replicas.First.PostSessionAsync(
            aliceToken,
            await _replicas.First.RequestAsync(alice, bob)
        );
        await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, refused);
        using var unsent = await _replicas.First.SignalAsync(
            session.SessionId,
            session.Token,
            PathFixture.StartBody(2)
        );
        await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, unsent);
    }

    private const string ReadPeers = """
        for _, key in ipairs(redis.call('KEYS', '{p2pchat:*}:peers')) do
          local packed = redis.call('HGET', key, ARGV[1])
          if packed then return packed end
        end
        return ''
        """;
}
