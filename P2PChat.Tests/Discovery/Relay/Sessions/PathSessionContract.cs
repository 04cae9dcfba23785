using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Discovery.Relay.Sessions;

/// <summary>Path sessions and observed addresses. Runs over each store.</summary>
public abstract class PathSessionContract(IStoreUnderTest store) : DirectoryContract(store)
{
    [Fact]
    public async Task Session_reaches_the_callee_and_its_signals_the_other_side()
    {
        await using var directory = await StartAsync("Directory:PollEvery=00:01:00", "Directory:Relay:Enabled=false");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var aliceToken = (await directory.RegisterAsync(alice, record => record.Ephemeral = true)).LeaseToken;
        var bobToken = (await directory.RegisterAsync(bob, record => record.Ephemeral = true)).LeaseToken;
        await using var toAlice = await SignalReader.OpenAsync(directory, alice.Username, aliceToken, paths: true);
        await using var toBob = await SignalReader.OpenAsync(directory, bob.Username, bobToken, paths: true);

        var request = await directory.RequestAsync(alice, bob);
        var session = await directory.StartSessionAsync(aliceToken, request);
        var signal = await toBob.NextSessionAsync();
        Assert.Equal((session.SessionId, false, "127.0.0.1"), (signal.SessionId, signal.Relay, signal.ObservedAddress));
        Assert.Equal(session.ExpiresAt, signal.ExpiresAt);
        Assert.Equal(request.ToBody(), signal.Request);
        Assert.NotEqual(session.Token, signal.Token);

        var answer = PathFixture.AnswerBody(PathFixture.Answer(bob, request, PathFixture.Candidate));
        await directory.SendSignalAsync(signal.SessionId, signal.Token, answer);
        Assert.Equal(new PathSignal(session.SessionId, answer, "127.0.0.1"), await toAlice.NextPathAsync());

        await directory.SendSignalAsync(session.SessionId, session.Token, PathFixture.StartBody(2));
        Assert.Equal(new PathSignal(session.SessionId, PathFixture.StartBody(2)), await toBob.NextPathAsync());
    }

    [Fact]
    public async Task Signals_reach_a_stream_that_opens_shortly_after_them()
    {
        // As in a real directory, in which a peer registers again once it knows its public address.
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var aliceToken = (await directory.RegisterAsync(alice)).LeaseToken;
        var bobToken = (await directory.RegisterAsync(bob)).LeaseToken;
        await using var outdated = await SignalReader.OpenAsync(directory, bob.Username, bobToken, paths: true);
        bobToken = (await directory.RegisterAsync(bob)).LeaseToken;

        var request = await directory.RequestAsync(alice, bob);
        var session = await directory.StartSessionAsync(aliceToken, request);
        Assert.Null(await outdated.NextAsync());
        await using var toBob = await SignalReader.OpenAsync(directory, bob.Username, bobToken, paths: true);
        var signal = await toBob.NextSessionAsync();
        Assert.Equal(session.SessionId, signal.SessionId);

        var answer = PathFixture.AnswerBody(PathFixture.Answer(bob, request));
        await directory.SendSignalAsync(signal.SessionId, signal.Token, answer);
        await using var toAlice = await SignalReader.OpenAsync(directory, alice.Username, aliceToken, paths: true);
        Assert.Equal(session.SessionId, (await toAlice.NextPathAsync()).SessionId);
    }

    [Fact]
    public async Task Observed_address_is_shown_to_registered_peers_while_online()
    {
        await using var directory = await StartAsync([.. ShortLease, NoSweep]);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var registration = await directory.RegisterAsync(alice);
        Assert.Equal("127.0.0.1", registration.ObservedAddress);
        var token = (await directory.RegisterAsync(bob)).LeaseToken;
        Assert.Equal("127.0.0.1", (await directory.FindAsync(alice.Username, token))!.ObservedAddress);
        Assert.Null((await directory.FindAsync(alice.Username))!.ObservedAddress);
        Assert.Equal("127.0.0.1", directory.Memory.Find(alice.Username)!.ObservedAddress);

        // Without endpoints the peer may hide its address.
        registration = await directory.RegisterAsync(alice, record => record.Devices[0].Endpoints.Clear());
        Assert.Equal("127.0.0.1", registration.ObservedAddress);
        token = (await directory.RegisterAsync(bob)).LeaseToken;
        Assert.Null((await directory.FindAsync(alice.Username, token))!.ObservedAddress);
        Assert.Null(directory.Memory.Find(alice.Username)!.ObservedAddress);

        // The address of a peer behind a proxy is hidden as well, until the peer publishes what a STUN server saw.
        foreach (var host in new[] { "192.0.2.7", "proxy.example", "::1" })
        {
            await AssertShownAsync(host, CandidateKind.Unspecified, isPublished: false);
        }

        await AssertShownAsync("192.0.2.7", CandidateKind.Reflexive, isPublished: true);
        _ = await directory.RegisterAsync(alice);
        await UntilOffline(directory, alice);
        token = (await directory.RegisterAsync(bob)).LeaseToken;
        var left = (await directory.FindAsync(alice.Username, token))!;
        Assert.Equal((false, null), (left.Online, left.ObservedAddress));
        Assert.NotNull(left.Signed);

        async Task AssertShownAsync(string host, CandidateKind kind, bool isPublished)
        {
            _ = await directory.RegisterAsync(alice, record =>
            {
                record.Devices[0].Endpoints[0].Host = host;
                record.Devices[0].Endpoints[0].Kind = kind;
            });
            token = (await directory.RegisterAsync(bob)).LeaseToken;
            var shown = (await directory.FindAsync(alice.Username, token))!.ObservedAddress;
            Assert.Equal(isPublished ? "127.0.0.1" : null, shown);
        }
    }
}

public sealed class MemoryPathSessionTests() : PathSessionContract(new MemoryStore());

public sealed class SqlitePathSessionTests(SqliteStore sqlite)
    : PathSessionContract(sqlite),
        IClassFixture<SqliteStore>;

public sealed class RedisPathSessionTests(RedisStore redis) : PathSessionContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterPathSessionTests(RedisClusterStore cluster) : PathSessionContract(cluster);
