using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Client of the directory's path sessions. Every failure is a <see cref="DirectoryException"/>. No call is repeated,
/// because signals are worthless when they are late.
/// </summary>
internal sealed class PathSessionClient(
    IHttpClientFactory clients,
    PeerOptions options,
    PeerIdentity identity,
    DirectoryRegistration registration,
    PathSignals signals,
    TimeProvider timeProvider
)
{
    private readonly DirectoryHttp _http = new(clients, options);
    private readonly LeasedCalls _calls = new(registration, timeProvider);
    private readonly string _from = Username.Parse(options.Username).Value;

    /// <summary>Asks another peer for a path, through the directory.</summary>
    /// <param name="toPeerId">The key that the peer must have.</param>
    /// <param name="candidates">Where this peer may be reached, at most 8.</param>
    /// <param name="withoutRelay">Whether this peer opens no relay leg.</param>
    /// <param name="isTest">Whether no path will be used.</param>
    /// <returns>The session. Dispose it when the search has ended.</returns>
    /// <exception cref="DirectoryException">
    /// Among others <see cref="DirectoryFailure.PeerOffline"/> and <see cref="DirectoryFailure.TooManySessions"/>.
    /// </exception>
    public Task<OpenedPath> OpenAsync(
        Username to,
        PeerId toPeerId,
        IReadOnlyList<Endpoint> candidates,
        bool withoutRelay,
        bool isTest,
        CancellationToken cancellationToken
    ) =>
        _calls.CallAsync(
            async token =>
            {
                var request = identity.Sign(Request(to, toPeerId, candidates, withoutRelay, isTest));
                var response = await _http.CallAsync(
                    Post(
                        "relay/sessions",
                        token,
                        new PathSessionBody(request.ToBody()),
                        DirectoryJson.Default.PathSessionBody
                    ),
                    DirectoryJson.Default.PathSessionResponse,
                    cancellationToken
                );
                return new OpenedPath(response, request, toPeerId, signals);
            },
            cancellationToken
        );

    /// <summary>Answers a session, once.</summary>
    /// <param name="candidates">Where this peer may be reached, at most 8.</param>
    public Task AnswerAsync(IncomingPath path, IReadOnlyList<Endpoint> candidates, CancellationToken cancellationToken)
    {
        var answer = new PathAnswer
        {
            RequestHash = ByteString.CopyFrom(path.RequestHash),
            Candidates = { candidates },
        };
        return SignalAsync(
            path.SessionId,
            path.Token,
            new PathSignalBody(PathSignalKinds.Answer, Answer: identity.Sign(answer).ToBody()),
            cancellationToken
        );
    }

    /// <summary>Tells the other peer to start the next try.</summary>
    /// <param name="attempt">2 or 3.</param>
    public Task StartAsync(OpenedPath path, int attempt, CancellationToken cancellationToken) =>
        SignalAsync(path.SessionId, path.Token, new PathSignalBody(PathSignalKinds.Start, attempt), cancellationToken);

    private PathRequest Request(
        Username to,
        PeerId toPeerId,
        IReadOnlyList<Endpoint> candidates,
        bool withoutRelay,
        bool isTest
    ) =>
        new()
        {
            // Known once there is a lease.
            DirectoryId = ByteString.CopyFrom(registration.DirectoryId ?? []),
            From = _from,
            To = to.Value,
            ToPeerId = ByteString.CopyFrom(toPeerId.Bytes),
            SentAt = timeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(SignedPath.NonceSize)),
            Candidates = { candidates },
            WithoutRelay = withoutRelay,
            IsTest = isTest,
        };

    private Task SignalAsync(
        string sessionId,
        string token,
        PathSignalBody signal,
        CancellationToken cancellationToken
    ) =>
        _http.CallAsync(
            Post($"relay/sessions/{sessionId}/signals", token, signal, DirectoryJson.Default.PathSignalBody),
            cancellationToken
        );

    private static HttpRequestMessage Post<T>(string path, string token, T body, JsonTypeInfo<T> type)
    {
        // With a Content-Length, because chunked encoding would cost another packet.
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }
}
