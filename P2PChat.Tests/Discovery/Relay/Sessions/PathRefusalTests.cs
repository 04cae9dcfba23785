using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Discovery.Invites;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Relay.Sessions;

/// <summary>Path sessions and signals that the directory refuses.</summary>
public sealed class PathRefusalTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TestIdentity _alice = new();
    private readonly TestIdentity _bob = new();
    private readonly TestIdentity _mallory = new();

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _mallory.Dispose();
    }

    [Fact]
    public async Task Forged_or_misdirected_request_is_refused()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        var token = (await directory.RegisterAsync(_alice)).LeaseToken;
        var malloryToken = (await directory.RegisterAsync(_mallory)).LeaseToken;
        var valid = await directory.RequestAsync(_alice, _bob);

        await AssertAsync(404, ProblemTypes.UnknownPeer, token, valid);
        _ = await directory.RegisterAsync(_bob);
        await AssertAsync(401, ProblemTypes.LeaseTokenUnknown, token[..^1] + "_", valid);
        await AssertAsync(401, ProblemTypes.LeaseTokenUnknown, "none", valid);
        // The lease is checked before the signature, which costs more.
        var unsigned = valid with { Signature = new byte[64] };
        await AssertAsync(401, ProblemTypes.LeaseTokenUnknown, token[..^1] + "_", unsigned);
        await AssertAsync(403, ProblemTypes.BadSignature, token, unsigned);
        // Mallory repeats the request that it has been sent, and signs one in another's name.
        await AssertAsync(403, ProblemTypes.BadSignature, malloryToken, valid);
        var forged = await directory.RequestAsync(_mallory, _bob, request => request.From = _alice.Username);
        await AssertAsync(403, ProblemTypes.BadSignature, malloryToken, forged);
        await AssertAsync(403, ProblemTypes.BadSignature, token, forged);
        await AssertAsync(403, ProblemTypes.BadSignature, token, valid with { PublicKey = _mallory.PublicKey });
        await AssertAsync(403, ProblemTypes.BadSignature, token, valid with { Content = forged.Content });
        // An answer's signature is not a request's.
        await AssertAsync(403, ProblemTypes.BadSignature, token, PathFixture.Answer(_alice, valid));

        var skew = SignedRecord.ClockSkew + TimeSpan.FromMinutes(1);
        await AssertChangedAsync(ProblemTypes.ClockSkew, request => request.SentAt -= (long)skew.TotalMilliseconds);
        await AssertChangedAsync(ProblemTypes.ClockSkew, request => request.SentAt += (long)skew.TotalMilliseconds);
        await AssertChangedAsync(ProblemTypes.ClockSkew, request => request.SentAt = long.MinValue);
        await AssertChangedAsync(ProblemTypes.WrongDirectory, request => request.DirectoryId = Bytes(16));
        await AssertChangedAsync(ProblemTypes.InvalidRecord, request => request.DirectoryId = Bytes(1));
        await AssertChangedAsync(ProblemTypes.InvalidRecord, request => request.Nonce = Bytes(15));
        await AssertChangedAsync(ProblemTypes.InvalidRecord, request => request.ToPeerId = Bytes(31));
        await AssertChangedAsync(ProblemTypes.InvalidRecord, request => request.To = "no name");
        await AssertChangedAsync(ProblemTypes.InvalidRecord, request => request.To = _alice.Username);
        await AssertChangedAsync(ProblemTypes.InvalidRecord, request =>
            request.Candidates.AddRange(Enumerable.Repeat(PathFixture.Candidate, 8))
        );
        await AssertChangedAsync(ProblemTypes.InvalidRecord, request =>
            request.Candidates[0] = new Endpoint { Host = "192.0.2.7", Port = 0 }
        );
        await AssertAsync(
            409,
            ProblemTypes.KeyChanged,
            token,
            await directory.RequestAsync(_alice, _bob, request => request.ToPeerId = Bytes(32))
        );
        (await directory.UnregisterAsync(_bob)).Dispose();
        await AssertAsync(409, ProblemTypes.PeerOffline, token, await directory.RequestAsync(_alice, _bob));

        async Task AssertChangedAsync(string type, Action<PathRequest> change) =>
            await AssertAsync(400, type, token, await directory.RequestAsync(_alice, _bob, change));

        async Task AssertAsync(int status, string type, string leaseToken, SignedPath request)
        {
            using var response = await directory.PostSessionAsync(leaseToken, request);
            await ProblemAssert.IsAsync((HttpStatusCode)status, type, response);
        }
    }

    private static ByteString Bytes(int count) => ByteString.CopyFrom(new byte[count]);

    [Fact]
    public async Task Malformed_body_is_refused()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        var token = (await directory.RegisterAsync(_alice)).LeaseToken;
        _ = await directory.RegisterAsync(_bob);
        var session = await directory.StartSessionAsync(token, await directory.RequestAsync(_alice, _bob));
        var signals = $"/relay/sessions/{session.SessionId}/signals";

        foreach (var (path, bearer) in new[] { ("/relay/sessions", token), (signals, session.Token) })
        {
            foreach (var json in new[] { "", "null", "[]", "{", "{\"request\":7,\"kind\":7}", "{\"kind\":\"shout\"}" })
            {
                using var body = new StringContent(json, Encoding.UTF8, "application/json");
                using var response = await directory.SendAsync(HttpMethod.Post, path, bearer, body);
                var problem = await response.Content.ReadAsStringAsync();
                Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{json}: {problem}");
            }

            using var text = new StringContent("{}", Encoding.UTF8, "text/plain");
            using var unsupported = await directory.SendAsync(HttpMethod.Post, path, bearer, text);
            await ProblemAssert.IsAsync(
                HttpStatusCode.UnsupportedMediaType,
                ProblemTypes.UnsupportedMediaType,
                unsupported
            );
            using var tooLong = new StringContent(new string(' ', 9 * 1024), Encoding.UTF8, "application/json");
            using var tooLarge = await directory.SendAsync(HttpMethod.Post, path, bearer, tooLong);
            await ProblemAssert.IsAsync(HttpStatusCode.RequestEntityTooLarge, ProblemTypes.TooLarge, tooLarge);
        }
    }

    [Fact]
    public async Task Largest_request_fits_into_a_signal()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        var token = (await directory.RegisterAsync(_alice)).LeaseToken;
        var bobToken = (await directory.RegisterAsync(_bob)).LeaseToken;
        await using var toBob = await SignalReader.OpenAsync(directory, _bob.Username, bobToken, paths: true);
        var content = (await directory.RequestAsync(_alice, _bob)).Content.ToArray();
        // An unknown field of 2048 bytes that are "+" in base64, and spaces in the base64.
        content = [.. content, 0x7a, 0x80, 0x10];
        byte[] plus = [0xfb, 0xef, 0xbe];
        content = [.. content, .. Enumerable.Range(content.Length, 2048).Select(index => plus[index % 3])];
        var signature = IdentityKey.Sign(_alice.Key, [.. "P2PChat path request v1\0"u8, .. content]);
        var request = new SignedPath(content, signature, _alice.PublicKey).ToBody();
        var spaced = request with
        {
            Content = string.Join(' ', request.Content.Chunk(8).Select(chunk => new string(chunk))),
        };
        using var body = JsonContent.Create(
            new PathSessionBody(spaced),
            options: new JsonSerializerOptions(JsonSerializerOptions.Web)
            {
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );

        using var response = await directory.SendAsync(HttpMethod.Post, "/relay/sessions", token, body);

        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        Assert.Equal(request, (await toBob.NextSessionAsync()).Request);
    }

    [Fact]
    public async Task Session_token_is_valid_for_its_session_side_and_order()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        var token = (await directory.RegisterAsync(_alice)).LeaseToken;
        var bobToken = (await directory.RegisterAsync(_bob)).LeaseToken;
        await using var toBob = await SignalReader.OpenAsync(directory, _bob.Username, bobToken, paths: true);
        var request = await directory.RequestAsync(_alice, _bob);
        var session = await directory.StartSessionAsync(token, request);
        var signal = await toBob.NextSessionAsync();
        var other = await directory.StartSessionAsync(token, await directory.RequestAsync(_alice, _bob));
        var otherSignal = await toBob.NextSessionAsync();
        var answer = PathFixture.AnswerBody(PathFixture.Answer(_bob, request));

        // Forged, of another session, of another kind, and for a session that does not exist.
        await AssertTokenAsync(session.SessionId, session.Token[..^2] + "AA");
        await AssertTokenAsync(session.SessionId, other.Token);
        await AssertTokenAsync(other.SessionId, session.Token);
        await AssertTokenAsync(
            session.SessionId,
            session.Token.Replace(session.SessionId, other.SessionId, StringComparison.Ordinal)
        );
        await AssertTokenAsync(session.SessionId, token);
        await AssertTokenAsync(session.SessionId, "..");
        await AssertTokenAsync("nothing", session.Token);

        await AssertAsync(409, ProblemTypes.SignalNotExpected, session.Token, answer);
        await AssertAsync(409, ProblemTypes.SignalNotExpected, signal.Token, PathFixture.StartBody(2));
        await AssertAsync(400, ProblemTypes.InvalidRecord, signal.Token, new PathSignalBody(PathSignalKinds.Answer));
        await AssertAnswerAsync(403, ProblemTypes.BadSignature, PathFixture.Answer(_mallory, request));
        await AssertAnswerAsync(403, ProblemTypes.BadSignature, PathFixture.Answer(_alice, request));
        await AssertAnswerAsync(
            400,
            ProblemTypes.InvalidRecord,
            PathFixture.Answer(_bob, otherSignal.Request.ToSigned())
        );
        await AssertAnswerAsync(
            400,
            ProblemTypes.InvalidRecord,
            PathFixture.Answer(_bob, request, [.. Enumerable.Repeat(PathFixture.Candidate, 9)])
        );
        // No refusal has used up the answer; the answer has.
        await directory.SendSignalAsync(session.SessionId, signal.Token, answer);
        await AssertAsync(409, ProblemTypes.SignalNotExpected, signal.Token, answer);

        await AssertAsync(400, ProblemTypes.MalformedRequest, session.Token, PathFixture.StartBody(1));
        await AssertAsync(400, ProblemTypes.MalformedRequest, session.Token, PathFixture.StartBody(4));
        foreach (var attempt in new[] { 2, 3, 3 })
        {
            await directory.SendSignalAsync(session.SessionId, session.Token, PathFixture.StartBody(attempt));
            Assert.Equal(attempt, (await toBob.NextPathAsync()).Signal.Try);
        }

        await AssertAsync(409, ProblemTypes.SignalNotExpected, session.Token, PathFixture.StartBody(3));

        async Task AssertTokenAsync(string sessionId, string sessionToken)
        {
            using var response = await directory.SignalAsync(sessionId, sessionToken, PathFixture.StartBody(2));
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.SessionTokenUnknown, response);
        }

        Task AssertAnswerAsync(int status, string type, SignedPath signed) =>
            AssertAsync(status, type, signal.Token, PathFixture.AnswerBody(signed));

        async Task AssertAsync(int status, string type, string sessionToken, PathSignalBody body)
        {
            using var response = await directory.SignalAsync(session.SessionId, sessionToken, body);
            await ProblemAssert.IsAsync((HttpStatusCode)status, type, response);
        }
    }

    [Theory]
    [InlineData("Paths:SessionsPerPair", ProblemTypes.TooManySessions)]
    [InlineData("Paths:SessionsPerIdentity", ProblemTypes.TooManySessions)]
    [InlineData("Paths:SessionsPerCallee", ProblemTypes.TooManySessions)]
    [InlineData("Paths:SessionsPerCalleeAndAddress", ProblemTypes.TooManySessions)]
    [InlineData("Paths:SessionsPerAddress", ProblemTypes.TooManySessions)]
    [InlineData("Paths:SessionsInTotal", ProblemTypes.TooManySessions)]
    [InlineData("RateLimits:Sessions:Burst", ProblemTypes.TooManyRequests)]
    [InlineData("RateLimits:SessionsByIdentity:Burst", ProblemTypes.TooManyRequests)]
    public async Task Sessions_above_a_limit_are_refused(string limit, string type)
    {
        await using var directory = await DirectoryFixture.StartAsync(
            $"Directory:{limit}=2",
            "Directory:RateLimits:Enabled=true",
            "Directory:RateLimits:Sessions:PerSecond=0.01",
            "Directory:RateLimits:SessionsByIdentity:PerSecond=0.01"
        );
        var token = (await directory.RegisterAsync(_alice)).LeaseToken;
        _ = await directory.RegisterAsync(_bob);
        _ = await directory.StartSessionAsync(token, await directory.RequestAsync(_alice, _bob));
        _ = await directory.StartSessionAsync(token, await directory.RequestAsync(_alice, _bob));

        using var refused = await directory.PostSessionAsync(token, await directory.RequestAsync(_alice, _bob));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, type, refused);
        Assert.NotNull(refused.Headers.RetryAfter);

        // Another pair is not affected by the limits on a pair and on an identity.
        var malloryToken = (await directory.RegisterAsync(_mallory)).LeaseToken;
        using var third = await directory.PostSessionAsync(malloryToken, await directory.RequestAsync(_mallory, _bob));
        var isPersonal =
            limit.Contains("Pair", StringComparison.Ordinal) || limit.Contains("Identity", StringComparison.Ordinal);
        Assert.Equal(isPersonal ? HttpStatusCode.Created : HttpStatusCode.TooManyRequests, third.StatusCode);

        // Another callee is not affected by the limit on a callee.
        using var fourth = await directory.PostSessionAsync(
            malloryToken,
            await directory.RequestAsync(_mallory, _alice)
        );
        var isByTarget = isPersonal || limit.Contains("Callee", StringComparison.Ordinal);
        Assert.Equal(isByTarget ? HttpStatusCode.Created : HttpStatusCode.TooManyRequests, fourth.StatusCode);
    }

    [Fact]
    public async Task Ended_session_no_longer_counts()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:Paths:Kept=00:00:00.300",
            "Directory:Paths:SessionsInTotal=1"
        );
        var token = (await directory.RegisterAsync(_alice)).LeaseToken;
        _ = await directory.RegisterAsync(_bob);
        var session = await directory.StartSessionAsync(token, await directory.RequestAsync(_alice, _bob));

        await Eventually.True(
            async () =>
            {
                using var ended = await directory.SignalAsync(
                    session.SessionId,
                    session.Token,
                    new PathSignalBody("nothing")
                );
                return ended.StatusCode == HttpStatusCode.Unauthorized;
            },
            Soon,
            "the session has ended"
        );

        _ = await directory.StartSessionAsync(token, await directory.RequestAsync(_alice, _bob));
    }

    [Fact]
    public async Task Lease_or_session_token_replaces_the_join_token()
    {
        await using var directory = await DirectoryFixture.StartAsync(InviteFixture.WithJoinToken);
        var inviter = await directory.EnterAsync(_mallory, joinToken: InviteFixture.JoinToken);
        var token = await directory.EnterAsync(_alice, await directory.NewCodeAsync(inviter));
        var bobToken = await directory.EnterAsync(_bob, joinToken: InviteFixture.JoinToken);
        var request = await directory.RequestAsync(_alice, _bob);

        // Bob has the join token, but is not a member by his lease.
        using (var refused = await directory.PostSessionAsync(bobToken, await directory.RequestAsync(_bob, _alice)))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.JoinTokenRequired, refused);
        }

        var session = await directory.StartSessionAsync(token, request);
        await directory.SendSignalAsync(session.SessionId, session.Token, PathFixture.StartBody(2));
        using var forged = await directory.SignalAsync(session.SessionId, bobToken, PathFixture.StartBody(2));
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.SessionTokenUnknown, forged);
    }
}
