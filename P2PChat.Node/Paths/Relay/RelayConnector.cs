using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.Paths.Relay;

/// <summary>Opens this peer's leg of the directory's relay.</summary>
internal sealed class RelayConnector(IHttpClientFactory clients, PeerOptions options)
{
    private const int KeySize = 16;

    private readonly DirectoryHttp _http = new(clients, options);

    /// <summary>
    /// Opens the leg, by the directory's own address and with its HTTP client, so that it takes the same way through
    /// proxies. The other peer's leg may open later; until then nothing arrives.
    /// </summary>
    /// <param name="token">The session token of this side. It opens one leg.</param>
    /// <exception cref="DirectoryException">
    /// Among others <see cref="DirectoryFailure.RelayUnavailable"/>, <see cref="DirectoryFailure.TooManySessions"/> and
    /// <see cref="DirectoryFailure.SessionGone"/>.
    /// </exception>
    public async Task<RelayStream> OpenAsync(string sessionId, string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"relay/sessions/{Uri.EscapeDataString(sessionId)}")
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var headers = request.Headers;
        headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        headers.Connection.Add("Upgrade");
        headers.Upgrade.Add(new ProductHeaderValue("websocket"));
        headers.Add("Sec-WebSocket-Version", "13");
        headers.Add("Sec-WebSocket-Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeySize)));
        headers.Add("Sec-WebSocket-Protocol", RelayProtocol.Subprotocol);
        // The token opens one leg, so a repeated call would be refused.
        request.Options.Set(ResilienceKeys.NowOrNever, true);
        var connection = await _http.UpgradeAsync(request, cancellationToken);
        return new RelayStream(
            WebSocket.CreateFromStream(
                connection,
                new WebSocketCreationOptions
                {
                    SubProtocol = RelayProtocol.Subprotocol,
                    // The peers' own pings keep the connection open.
                    KeepAliveInterval = Timeout.InfiniteTimeSpan,
                }
            )
        );
    }
}
