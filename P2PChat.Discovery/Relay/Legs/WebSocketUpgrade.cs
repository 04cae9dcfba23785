using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Relay.Legs;

/// <summary>
/// The server's side of the WebSocket handshake (RFC 6455, section 4.2). The framework's own would read and write
/// frames, which the relay forwards: docs/decisions/0044-relay.md.
/// </summary>
internal static class WebSocketUpgrade
{
    private const string Version = "13";
    private const int KeySize = 16;
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <exception cref="ProblemException">The request does not ask for a relay leg.</exception>
    public static void Check(HttpContext context)
    {
        var headers = context.Request.Headers;
        Span<byte> key = stackalloc byte[KeySize];
        if (
            context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
            || !headers
                .GetCommaSeparatedValues(HeaderNames.Upgrade)
                .Contains("websocket", StringComparer.OrdinalIgnoreCase)
            || headers.SecWebSocketVersion != Version
            || !Convert.TryFromBase64String(headers.SecWebSocketKey.ToString(), key, out var size)
            || size != KeySize
            || !headers.GetCommaSeparatedValues(HeaderNames.SecWebSocketProtocol).Contains(RelayProtocol.Subprotocol)
        )
        {
            throw new ProblemException(RelayProblems.UpgradeRequired());
        }
    }

    /// <summary>Answers 101. The request must have been checked.</summary>
    /// <returns>The bytes of the connection from then on.</returns>
    [SuppressMessage(
        "Security",
        "CA5350:Do Not Use Weak Cryptographic Algorithms",
        Justification = "RFC 6455 says so. The hash only shows that the server speaks WebSocket."
    )]
    public static async Task<IDuplexPipe> AcceptAsync(HttpContext context)
    {
        var (request, response) = (context.Request.Headers, context.Response.Headers);
        response.Connection = HeaderNames.Upgrade;
        response.Upgrade = "websocket";
        response.SecWebSocketProtocol = RelayProtocol.Subprotocol;
        response.SecWebSocketAccept = Convert.ToBase64String(
            SHA1.HashData(Encoding.ASCII.GetBytes(request.SecWebSocketKey + Guid))
        );
        _ = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        // The stream would copy everything once more.
        return context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport;
    }
}
