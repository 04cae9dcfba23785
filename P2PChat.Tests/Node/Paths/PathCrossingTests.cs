using System.Diagnostics;
using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Paths;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths;

/// <summary>Searches, answers and tests between the same two peers at the same time.</summary>
public sealed class PathCrossingTests(PathCrossingTests.Fixture fixture) : IClassFixture<PathCrossingTests.Fixture>
{
    // Below the handshake's 10 s, after which a connection is given up that another run has taken.
    private static readonly TimeSpan Promptly = TimeSpan.FromSeconds(8);

    private readonly RestartableDirectory _directory = fixture.Directory;

    [Fact]
    public async Task Crossing_sessions_are_decided_by_rank_and_then_by_PeerId()
    {
        await using var bob = await PathPeers.StartAsync(_directory, "bob");
        var (crossings, factory) = (Get<PathCrossings>(bob), Get<PathRunFactory>(bob));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PathPurpose[] purposes = [PathPurpose.Test, PathPurpose.Upgrade, PathPurpose.Connect];
        foreach (var (theirs, purpose) in purposes.Index())
        {
            var path = Incoming(key, bob, purpose);
            Assert.True(crossings.MayAnswer(path));
            foreach (var (ours, own) in purposes.Index())
            {
                var run = factory.Search(TargetOf(path), own, _ => false);
                await crossings.BeginAsync(run, isUrgent: true, CancellationToken.None);
                Assert.Equal(theirs > ours || (theirs == ours && path.FromPeerId < bob.Id), crossings.MayAnswer(path));
                crossings.End(run);
            }
        }
    }

    [Fact]
    public async Task Path_of_an_answer_goes_to_a_waiting_connect()
    {
        await using var bob = await PathPeers.StartAsync(_directory, "birte");
        var (crossings, factory) = (Get<PathCrossings>(bob), Get<PathRunFactory>(bob));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var path = Incoming(key, bob, PathPurpose.Connect);
        var answer = factory.Answer(path, isContact: false, givesAddresses: false, _ => false);
        var found = new FoundPath(null!, PathKind.Relayed, IsTakeover: false);
        foreach (
            var (own, isWanted, expected) in new[]
            {
                (PathPurpose.Connect, true, "own"),
                // The user has just cancelled this side's dial. The other side still wants the path.
                (PathPurpose.Connect, false, "theirs"),
                // An upgrade asks for nothing, so the other side's reconnect is an ordinary inbound link.
                (PathPurpose.Upgrade, true, "theirs"),
                (PathPurpose.Test, true, "theirs"),
            }
        )
        {
            var takenBy = "";
            var run = factory.Search(TargetOf(path), own, _ => Take(isWanted, "own"));
            await crossings.BeginAsync(run, isUrgent: true, CancellationToken.None);
            Assert.True(crossings.Carry(answer, found, _ => Take(true, "theirs")));
            Assert.Equal(expected, takenBy);
            crossings.End(run);

            bool Take(bool isTaken, string by)
            {
                takenBy = isTaken ? by : takenBy;
                return isTaken;
            }
        }
    }

    [Fact]
    public async Task Answer_remembers_a_search_that_it_has_met()
    {
        await using var bob = await PathPeers.StartAsync(_directory, "bjork");
        var (crossings, factory) = (Get<PathCrossings>(bob), Get<PathRunFactory>(bob));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var path = Incoming(key, bob, PathPurpose.Connect);
        foreach (
            var (own, isFirst, expected) in new[]
            {
                (PathPurpose.Upgrade, true, true),
                (PathPurpose.Test, true, false),
                (PathPurpose.Connect, false, true),
            }
        )
        {
            var answer = factory.Answer(path, isContact: false, givesAddresses: false, _ => false);
            var search = factory.Search(TargetOf(path), own, _ => false);
            if (isFirst)
            {
                await crossings.BeginAsync(search, isUrgent: true, CancellationToken.None);
            }

            var beginning = crossings.TryBeginAsync(answer);
            if (!isFirst)
            {
                await crossings.BeginAsync(search, isUrgent: true, CancellationToken.None);
            }

            await search.DisposeAsync();
            Assert.True(await beginning);
            FoundPath? carried = null;
            Assert.True(
                crossings.Carry(answer, new FoundPath(null!, PathKind.Relayed, IsTakeover: false), found =>
                    (carried = found) is not null
                )
            );
            Assert.Equal(expected, carried!.HasMetSearch);
            crossings.End(search);
            crossings.End(answer);
        }
    }

    [Fact]
    public async Task Wait_for_the_answer_to_the_other_side_ends_with_its_search()
    {
        await using var bob = await PathPeers.StartAsync(_directory, "bodo");
        var (crossings, factory) = (Get<PathCrossings>(bob), Get<PathRunFactory>(bob));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var path = Incoming(key, bob, PathPurpose.Connect);
        var answer = factory.Answer(path, isContact: false, givesAddresses: false, _ => false);
        Assert.True(await crossings.TryBeginAsync(answer));

        using var search = new CancellationTokenSource();
        var waiting = crossings.WaitForAnswerAsync(path.FromPeerId, search.Token);
        Assert.False(waiting.IsCompleted);
        await search.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(PeerUnderTest.Soon));
        crossings.End(answer);
    }

    [Fact]
    public async Task Upgrade_gives_way_to_a_session_that_brings_the_relay()
    {
        await using var alice = await PathPeers.StartAsync(_directory, "ada", Quick);
        await using var bob = await PathPeers.StartAsync(_directory, "bert", Quick);
        var (lower, higher) = alice.Id < bob.Id ? (alice, bob) : (bob, alice);
        await alice.ConnectAsync(bob);
        await Eventually.True(
            () => alice.LastOutcomes(bob).Count > 0,
            PeerUnderTest.Soon,
            "the search for a better path is over"
        );

        // The higher side has lost its link, and the lower one does not know that yet.
        FoundPath? found = null;
        var upgrade = Get<PathSearches>(lower)
            .UpgradeAsync(await TargetAsync(lower, higher), _ => false, CancellationToken.None);
        var failure = await Get<PathSearches>(higher)
            .ConnectAsync(
                await TargetAsync(higher, lower),
                isUrgent: true,
                path => (found = path) is not null,
                CancellationToken.None
            )
            .WaitAsync(PeerUnderTest.Soon);
        using var channel = found?.Channel.Channel;
        _ = await upgrade.WaitAsync(PeerUnderTest.Soon);
        Assert.Equal((null, PathKind.Relayed), (failure, found?.Kind));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Test_does_not_take_a_direct_dial_of_the_peer(bool isTesterLower)
    {
        await using var bob = await PathPeers.StartAsync(_directory, isTesterLower ? "bea" : "ben", Quick);
        await using var alice = await DialableAsync(isTesterLower ? "ana" : "abe", bob, isTesterLower);
        // At the beginning of the test, and while it punches.
        foreach (var answers in new[] { 0, 1 })
        {
            using var spans = new RecordedSpans();
            var test = TestAsync(alice, bob);
            await Eventually.True(
                () => spans.All.Count(IsAnswerToTest) >= answers,
                PeerUnderTest.Soon,
                "the test of the relay is over"
            );
            var started = Stopwatch.GetTimestamp();
            await bob.ConnectAsync(alice);
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Promptly);
            Assert.True((await test.WaitAsync(PeerUnderTest.Soon)).HasAnswered);
            Assert.True(alice.IsConnectedTo(bob) && bob.IsConnectedTo(alice), "the link survives the test");
            bob.Connections.Disconnect(alice.Name);
            _ = await alice.Expect<PeerEvent.Disconnected>();
            _ = await bob.Expect<PeerEvent.Disconnected>();
        }

        static bool IsAnswerToTest(Activity span) =>
            span.OperationName == "peer.path"
            && span.GetTagItem("p2pchat.path.side") as string == "callee"
            && span.GetTagItem("p2pchat.path.purpose") as string == "test";
    }

    [Fact]
    public async Task Test_gives_way_to_connects_of_both_sides_and_begins_again()
    {
        await using var alice = await PathPeers.StartAsync(_directory, "anton", Quick);
        await using var bob = await PathPeers.StartAsync(_directory, "berta", Quick);
        foreach (var (tester, caller) in new[] { (alice, alice), (alice, bob) })
        {
            var test = TestAsync(tester, tester == alice ? bob : alice);
            var started = Stopwatch.GetTimestamp();
            await caller.ConnectAsync(caller == alice ? bob : alice);
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Promptly);
            var result = await test.WaitAsync(PeerUnderTest.Soon);
            Assert.True(result.HasAnswered);
            Assert.Contains(result.Report.Attempts, attempt =>
                (attempt.Kind, attempt.Outcome) == (PathKind.Relayed, PathOutcome.Authenticated)
            );
            Assert.True(alice.IsConnectedTo(bob) && bob.IsConnectedTo(alice), "the link survives the test");
            alice.Connections.Disconnect(bob.Name);
            _ = await bob.Expect<PeerEvent.Disconnected>();
            _ = await alice.Expect<PeerEvent.Disconnected>();
        }
    }

    [Fact]
    public async Task Simultaneous_tests_both_succeed_and_leave_no_link()
    {
        await using var alice = await PathPeers.StartAsync(_directory, "alba", Quick);
        await using var bob = await PathPeers.StartAsync(_directory, "bodo", Quick);
        alice.OfferPort();
        bob.OfferPort();
        foreach (var test in await Task.WhenAll(TestAsync(alice, bob), TestAsync(bob, alice)))
        {
            Assert.True(test.HasAnswered);
            foreach (var kind in new[] { PathKind.Relayed, PathKind.Punched })
            {
                Assert.Contains(test.Report.Attempts, attempt =>
                    (attempt.Kind, attempt.Outcome) == (kind, PathOutcome.Authenticated)
                );
            }
        }

        await Eventually.True(
            () => (alice.Links.Count, bob.Links.Count) == (0, 0),
            TimeSpan.FromSeconds(3),
            "the tests have closed their connections"
        );
    }

    [Fact]
    public async Task Late_session_of_a_connected_peer_ends_at_once()
    {
        await using var alice = await PeerUnderTest.StartAsync(_directory, "arno", Quick);
        await using var bob = await PeerUnderTest.StartAsync(_directory, "bine", Quick);
        await alice.ConnectAsync(bob);
        using var spans = new RecordedSpans();
        using var session = await Get<PathSessionClient>(alice)
            .OpenAsync(bob.Name, bob.Id, [], withoutRelay: false, isTest: false, CancellationToken.None);
        var answer = await spans.Expect(
            "peer.path",
            span => span.GetTagItem("p2pchat.path.side") as string == "callee",
            "of the answer"
        );
        // Without that, the relay leg would wait 10 s for the caller's.
        Assert.InRange(answer.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.True(bob.IsConnectedTo(alice));
    }

    // A stranger may test its paths a few times per minute, and tries that fail take seconds.
    private static void Quick(PeerOptions options) =>
        (options.Stun, options.RequestsPerMinutePerPeer, options.DialTotalTimeout) = (
            false,
            64,
            TimeSpan.FromSeconds(2.5)
        );

    // Starts peers until one has the wanted order, because the identity is random.
    private async Task<PeerUnderTest> DialableAsync(string name, PeerUnderTest other, bool isLower)
    {
        while (true)
        {
            var peer = await PeerUnderTest.StartAsync(_directory, name, Quick);
            if (peer.Id < other.Id == isLower)
            {
                return peer;
            }

            await peer.DisposeAsync();
        }
    }

    private static async Task<PathTest> TestAsync(PeerUnderTest tester, PeerUnderTest other)
    {
        var found = await tester.Lookup.FindAsync(other.Name, default);
        using var limit = new CancellationTokenSource(PeerUnderTest.Soon);
        return await Get<IPathTester>(tester).TestAsync(other.Name, other.Id, found, limit.Token);
    }

    private static async Task<PathTarget> TargetAsync(PeerUnderTest peer, PeerUnderTest other) =>
        PathTarget.Of(await peer.Lookup.FindAsync(other.Name, default), isContact: true);

    private static PathTarget TargetOf(IncomingPath path) =>
        new(path.From, path.FromPeerId, [], Observed: null, IsContact: false);

    private static IncomingPath Incoming(ECDsa key, PeerUnderTest to, PathPurpose purpose)
    {
        var request = new PathRequest
        {
            DirectoryId = ByteString.CopyFrom(to.DirectoryRegistration.DirectoryId!),
            From = "caller",
            To = to.Name.Value,
            ToPeerId = ByteString.CopyFrom(to.Id.Bytes),
            SentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(SignedPath.NonceSize)),
            WithoutRelay = purpose == PathPurpose.Upgrade,
            IsTest = purpose == PathPurpose.Test,
        };
        var signed = SignedPath.Sign(request, key);
        var signal = new SessionSignal(
            "0123456789abcdef",
            "token",
            DateTimeOffset.UtcNow.AddMinutes(1),
            Relay: true,
            signed.ToBody()
        );
        return new IncomingPath(signal, signed, request);
    }

    private static T Get<T>(PeerUnderTest peer)
        where T : notnull => peer.Services.GetRequiredService<T>();

    public sealed class Fixture : IAsyncLifetime
    {
        // A pair asks more often here than a directory allows in a minute.
        public RestartableDirectory Directory { get; } = new() { Settings = ["Directory:Paths:SessionsPerPair=64"] };

        public Task InitializeAsync() => Directory.StartAsync();

        public Task DisposeAsync() => Directory.StopAsync();
    }
}
