using System.Net;

namespace P2PChat.Discovery.Relay.Replicas;

/// <summary>The headers of a call that one replica forwards to another.</summary>
internal static class ForwardedCall
{
    /// <summary>The receiving replica's secret.</summary>
    public const string SecretHeader = "X-P2PChat-Replica";

    /// <summary>The IP address of the peer.</summary>
    public const string AddressHeader = "X-P2PChat-Peer-Address";

    /// <summary>Whether a call has been forwarded, or claims to have been. It is never forwarded again.</summary>
    public static bool IsMarked(HttpRequest request) => request.Headers.ContainsKey(SecretHeader);
}

/// <summary>
/// Restores the peer's address on a call that another replica has forwarded, because limits count by address.
/// </summary>
internal sealed class ForwardedCallMiddleware(RequestDelegate next, ReplicaIdentity identity)
{
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var headers = context.Request.Headers;
        if (
            headers.TryGetValue(ForwardedCall.SecretHeader, out var secret)
            && identity.Matches(secret.ToString())
            && IPAddress.TryParse(headers[ForwardedCall.AddressHeader].ToString(), out var address)
        )
        {
            context.Connection.RemoteIpAddress = address;
        }

        return next(context);
    }
}
