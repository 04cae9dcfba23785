using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Http;

/// <summary>Reads a lease token from <c>Authorization: Bearer</c> (RFC 6750, section 2.1).</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <returns>The token; null if the header is missing or malformed.</returns>
    public static LeaseToken? Read(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return
            header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && LeaseToken.TryParse(header[Scheme.Length..].Trim(), out var token)
            ? token
            : null;
    }
}
