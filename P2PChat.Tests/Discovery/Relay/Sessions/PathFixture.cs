using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Paths;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Tests.Discovery.Relay.Sessions;

/// <summary>The calls of both sides of a path session.</summary>
internal static class PathFixture
{
    public static readonly Endpoint Candidate = new() { Host = "192.0.2.7", Port = 40001 };

    /// <summary>Signs a valid request, after applying a change.</summary>
    public static async Task<SignedPath> RequestAsync(
        this DirectoryFixture directory,
        TestIdentity from,
        TestIdentity to,
        Action<PathRequest>? change = null
    )
    {
        var request = new PathRequest
        {
            DirectoryId = ByteString.CopyFrom(Convert.FromHexString(await directory.GetIdAsync())),
            From = from.Username,
            To = to.Username,
            ToPeerId = ByteString.CopyFrom(to.PeerId.Bytes),
            SentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(SignedPath.NonceSize)),
            Candidates = { Candidate },
        };
        change?.Invoke(request);
        return SignedPath.Sign(request, from.Key);
    }

    public static SignedPath Answer(TestIdentity by, SignedPath request, params Endpoint[] candidates) =>
        SignedPath.Sign(
            new PathAnswer { RequestHash = ByteString.CopyFrom(request.Hash), Candidates = { candidates } },
            by.Key
        );

    public static Task<HttpResponseMessage> PostSessionAsync(
        this DirectoryFixture directory,
        string leaseToken,
        SignedPath request
    ) =>
        directory.SendAsync(
            HttpMethod.Post,
            "/relay/sessions",
            leaseToken,
            JsonContent.Create(new PathSessionBody(request.ToBody()), options: JsonSerializerOptions.Web)
        );

    /// <summary>Starts a session. Fails the test if that is refused.</summary>
    public static async Task<PathSessionResponse> StartSessionAsync(
        this DirectoryFixture directory,
        string leaseToken,
        SignedPath request
    )
    {
        using var response = await directory.PostSessionAsync(leaseToken, request);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<PathSessionResponse>(JsonSerializerOptions.Web))!;
    }

    public static Task<HttpResponseMessage> SignalAsync(
        this DirectoryFixture directory,
        string sessionId,
        string token,
        PathSignalBody signal
    ) =>
        directory.SendAsync(
            HttpMethod.Post,
            $"/relay/sessions/{sessionId}/signals",
            token,
            JsonContent.Create(signal, options: JsonSerializerOptions.Web)
        );

    /// <summary>Sends a signal. Fails the test if that is refused.</summary>
    public static async Task SendSignalAsync(
        this DirectoryFixture directory,
        string sessionId,
        string token,
        PathSignalBody signal
    )
    {
        using var response = await directory.SignalAsync(sessionId, token, signal);
        Assert.True(response.StatusCode == HttpStatusCode.NoContent, await response.Content.ReadAsStringAsync());
    }

    public static PathSignalBody AnswerBody(SignedPath answer) => new(PathSignalKinds.Answer, Answer: answer.ToBody());

    public static PathSignalBody StartBody(int attempt) => new(PathSignalKinds.Start, attempt);

    public static Task<SessionSignal> NextSessionAsync(this SignalReader signals) =>
        signals.NextAsync(SignalTypes.Session, DirectoryJson.Default.SessionSignal);

    public static Task<PathSignal> NextPathAsync(this SignalReader signals) =>
        signals.NextAsync(SignalTypes.Path, DirectoryJson.Default.PathSignal);
}
