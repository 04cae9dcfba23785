using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// Knows the address of this peer's page and the hosts it may be opened by. Each peer has its own host, because cookies
/// ignore ports: with one host, the peers of a machine would receive each other's cookies.
/// </summary>
internal sealed class PageAddress(PeerOptions options, PeerIdentity identity, ApiFiles api)
{
    private const string Localhost = "localhost";

    private readonly string _ownHost = HostOf(Username.Parse(options.Username));

    /// <summary>Unique per peer, because two peers may still be opened by the same host.</summary>
    public string CookieName { get; } = $"p2pchat-{identity.PeerId.Short.ToLowerInvariant()}";

    /// <summary>The configured address, or one such as <c>http://alice.localhost:41234/</c>.</summary>
    public Uri Home => options.WebAddress ?? new UriBuilder(Uri.UriSchemeHttp, _ownHost, Port).Uri;

    /// <summary>Whether a host is this peer's, and not one that someone else could point here.</summary>
    public bool IsOwn(HostString host) =>
        IsPublic(host)
        || host.Host is "127.0.0.1" or "[::1]"
        || host.Host.Equals(Localhost, StringComparison.OrdinalIgnoreCase)
        || host.Host.Equals(_ownHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The origin that a browser sends for this host. Behind a proxy that terminates TLS, the scheme comes from the
    /// configured address, because headers of the request can be forged.
    /// </summary>
    public string OriginOf(HttpRequest request) =>
        $"{(IsSecure(request) ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{request.Host}";

    /// <summary>Whether the browser uses TLS.</summary>
    public bool IsSecure(HttpRequest request) =>
        request.IsHttps || (IsPublic(request.Host) && options.WebAddress!.Scheme == Uri.UriSchemeHttps);

    private bool IsPublic(HostString host) =>
        host.Value?.Equals(options.WebAddress?.Authority, StringComparison.OrdinalIgnoreCase) == true;

    private int Port =>
        api.Address is { } address
            ? new Uri(address).Port
            : throw new InvalidOperationException("The peer is not listening yet.");

    // Usernames allow characters that host names do not.
    private static string HostOf(Username name) =>
        name.Value.Contains('_') || name.Value.EndsWith('-') ? Localhost : $"{name}.{Localhost}";
}
