using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Tests.Discovery.Relay.Sessions;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>The signals of a directory that a peer accepts.</summary>
public sealed class PathSignalsTests : IDisposable
{
    private static readonly byte[] DirectoryId = RandomNumberGenerator.GetBytes(16);
    private static readonly DateTimeOffset Expires = DateTimeOffset.UtcNow.AddMinutes(1);

    private readonly PeerIdentity _alice = PeerIdentity.Create();
    private readonly PeerIdentity _bob = PeerIdentity.Create();
    private readonly PeerIdentity _mallory = PeerIdentity.Create();
    private readonly SettableClock _clock = new();
    private readonly PathSignals _signals;

    public PathSignalsTests()
    {
        var registration = new DirectoryRegistration(new EventLog()) { DirectoryId = DirectoryId };
        var options = new PeerOptions { Username = "bob" };
        _signals = new PathSignals(
            new PathRequestVerifier(_bob, registration, options, _clock),
            _clock,
            NullLogger<PathSignals>.Instance
        );
    }

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _mallory.Dispose();
    }

    [Fact]
    public void Request_is_verified_and_its_starts_are_passed_on()
    {
        var signal = Session("s1", Request(), observed: "::ffff:192.0.2.9");
        // One of another session.
        _signals.OnPath(Json(new PathSignal("s2", PathFixture.StartBody(2)), DirectoryJson.Default.PathSignal));
        _signals.OnSession(signal);
        foreach (var body in new[] { PathFixture.StartBody(3), PathFixture.StartBody(4), new PathSignalBody("shout") })
        {
            _signals.OnPath(Json(new PathSignal("s1", body), DirectoryJson.Default.PathSignal));
        }

        Assert.True(_signals.Incoming.TryRead(out var path));
        using (path)
        {
            Assert.Equal(("s1", "token", true), (path.SessionId, path.Token, path.Relay));
            Assert.Equal((Username.Parse("alice"), _alice.PeerId), (path.From, path.FromPeerId));
            Assert.Equal(
                (PathFixture.Candidate, IPAddress.Parse("192.0.2.9")),
                (path.Candidates.Single(), path.ObservedAddress)
            );
            Assert.Equal([3], [.. ReadAll(path)]);
        }

        // Ended: nothing arrives after that.
        _signals.OnPath(Json(new PathSignal("s1", PathFixture.StartBody(2)), DirectoryJson.Default.PathSignal));
        Assert.Empty(ReadAll(path));
    }

    [Fact]
    public void Lying_directory_cannot_make_alter_or_repeat_a_request()
    {
        var valid = Request();
        var skew = TimeSpan.FromMinutes(6);
        foreach (
            var (refused, why) in new (SignedPath, string)[]
            {
                (Request(request => request.DirectoryId = Bytes(16)), "another directory"),
                (Request(request => request.To = "carol"), "another name"),
                (Request(request => request.ToPeerId = ByteString.CopyFrom(_mallory.PeerId.Bytes)), "another key"),
                (Request(request => request.From = "bob"), "this peer's own name"),
                (_bob.Sign(Content()), "this peer's own key"),
                (Request(request => request.SentAt -= (long)skew.TotalMilliseconds), "too old"),
                (Request(request => request.SentAt += (long)skew.TotalMilliseconds), "from the future"),
                (valid with { PublicKey = _mallory.PublicKey() }, "another's signature"),
                (valid with { Content = Request().Content }, "altered"),
                (valid with { Content = new byte[] { 1 } }, "not a message"),
            }
        )
        {
            _signals.OnSession(Session("s", refused));
            Assert.False(_signals.Incoming.TryRead(out _), why);
        }

        _signals.OnSession(Session("s1", valid));
        _signals.OnSession(Session("s2", valid));
        Assert.True(_signals.Incoming.TryRead(out var path));
        Assert.Equal("s1", path.SessionId);
        Assert.False(_signals.Incoming.TryRead(out _), "replayed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"sessionId":"s","token":"t","request":null}""")]
    [InlineData("""{"sessionId":"s","token":"t","request":{"content":"?"}}""")]
    [InlineData("""{"sessionId":"../..","token":"t","request":{"content":"","signature":"","publicKey":""}}""")]
    [InlineData("""{"sessionId":"s","token":"t\n","request":{"content":"","signature":"","publicKey":""}}""")]
    [InlineData("""{"sessionId":"s","signal":null}""")]
    [InlineData("""{"sessionId":"s","signal":{"kind":null}}""")]
    public void Unreadable_signal_is_ignored(string json)
    {
        _signals.OnSession(json);
        _signals.OnPath(json);

        Assert.False(_signals.Incoming.TryRead(out _));
    }

    [Fact]
    public void Unread_requests_and_early_answers_are_bounded()
    {
        foreach (var number in Enumerable.Range(0, 70))
        {
            _signals.OnSession(Session($"s{number}", Request()));
            Answer(null, $"e{number}");
        }

        foreach (var number in Enumerable.Range(0, 70))
        {
            _signals.OnPath(
                Json(new PathSignal($"start-{number}", PathFixture.StartBody(2)), DirectoryJson.Default.PathSignal)
            );
        }

        var sessions = new List<string>();
        while (_signals.Incoming.TryRead(out var path))
        {
            sessions.Add(path.SessionId);
        }

        Assert.Equal(Enumerable.Range(6, 64).Select(number => $"s{number}"), sessions);
        var heard = 0;
        foreach (var number in Enumerable.Range(0, 70))
        {
            using var listening = _signals.Listen($"e{number}", _ => heard++);
        }

        Assert.Equal(32, heard);
    }

    [Fact]
    public async Task Only_the_asked_peer_can_answer()
    {
        var request = Request();
        Answer(_bob.Sign(AnswerTo(request)), "early");
        using var path = new OpenedPath(
            new PathSessionResponse("early", "token", Expires, Relay: true),
            request,
            _bob.PeerId,
            _signals
        );
        var early = await path.AnswerAsync(default).WaitAsync(PeerUnderTest.Soon);
        Assert.Equal((PathFixture.Candidate, null), (early.Candidates.Single(), early.ObservedAddress));

        using var other = new OpenedPath(
            new PathSessionResponse("other", "token", Expires, Relay: false),
            request,
            _bob.PeerId,
            _signals
        );
        Answer(_mallory.Sign(AnswerTo(request)));
        Answer(_alice.Sign(AnswerTo(request)));
        Answer(_bob.Sign(AnswerTo(Request())));
        Answer(_bob.Sign(AnswerTo(request)) with { PublicKey = _mallory.PublicKey() });
        Answer(null);
        Answer(_bob.Sign(AnswerTo(request)), "third");
        var answer = other.AnswerAsync(default);
        Assert.False(answer.IsCompleted);
        Answer(_bob.Sign(new PathAnswer { RequestHash = ByteString.CopyFrom(request.Hash) }));
        Answer(_bob.Sign(AnswerTo(request)));
        Assert.Empty((await answer.WaitAsync(PeerUnderTest.Soon)).Candidates);
    }

    private void Answer(SignedPath? answer, string session = "other") =>
        _signals.OnPath(
            Json(
                new PathSignal(
                    session,
                    new PathSignalBody(PathSignalKinds.Answer, Answer: answer?.ToBody()),
                    "no address"
                ),
                DirectoryJson.Default.PathSignal
            )
        );

    private static PathAnswer AnswerTo(SignedPath request) =>
        new() { RequestHash = ByteString.CopyFrom(request.Hash), Candidates = { PathFixture.Candidate } };

    private PathRequest Content() =>
        new()
        {
            DirectoryId = ByteString.CopyFrom(DirectoryId),
            From = "alice",
            To = "bob",
            ToPeerId = ByteString.CopyFrom(_bob.PeerId.Bytes),
            SentAt = _clock.GetUtcNow().ToUnixTimeMilliseconds(),
            Nonce = Bytes(SignedPath.NonceSize),
            Candidates = { PathFixture.Candidate },
        };

    private SignedPath Request(Action<PathRequest>? change = null)
    {
        var request = Content();
        change?.Invoke(request);
        return _alice.Sign(request);
    }

    private static string Session(string id, SignedPath request, string? observed = null) =>
        Json(
            new SessionSignal(id, "token", Expires, Relay: true, request.ToBody(), observed),
            DirectoryJson.Default.SessionSignal
        );

    private static string Json<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Serialize(value, type);

    private static ByteString Bytes(int count) => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(count));

    private static List<int> ReadAll(IncomingPath path)
    {
        var starts = new List<int>();
        while (path.Starts.TryRead(out var start))
        {
            starts.Add(start);
        }

        return starts;
    }
}
