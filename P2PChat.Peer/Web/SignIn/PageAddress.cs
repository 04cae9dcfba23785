using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// Where this peer's page is, and by which names it answers. Each peer has a host of its own, for cookies know no ports:
/// under one host the peers of a machine would get each other's.
/// </summary>
internal sealed class PageAddress(PeerOptions options, PeerIdentity identity, ApiFiles api)
{
    private const string Localhost = "localhost";

    private readonly string _own = OwnHost(Username.Parse(options.Username));

    /// <summary>No two peers share it, even where two are reached by the same host.</summary>
    public string CookieName { get; } = $"p2pchat-{identity.PeerId.Short.ToLowerInvariant()}";

    /// <summary>For instance <c>http://alice.localhost:41234/</c>, or what the operator has said.</summary>
    public Uri Home => options.WebAddress ?? new UriBuilder(Uri.UriSchemeHttp, _own, Port).Uri;

    /// <summary>Whether a host is one by which nobody else can point a browser here.</summary>
    public bool IsOwn(HostString host) =>
        IsPublic(host)
        || host.Host is "127.0.0.1" or "[::1]"
        || host.Host.Equals(Localhost, StringComparison.OrdinalIgnoreCase)
        || host.Host.Equals(_own, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// How a browser writes the page's origin that asks by this host. A proxy in front may have taken TLS off, which
    /// nothing in the request could be believed to say.
    /// </summary>
    public string OriginOf(HttpRequest request) =>
        $"{(IsSecure(request) ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{request.Host}";

    /// <summary>Whether the browser speaks TLS.</summary>
    public bool IsSecure(HttpRequest request) =>
        request.IsHttps || (IsPublic(request.Host) && options.WebAddress!.Scheme == Uri.UriSchemeHttps);

    private bool IsPublic(HostString host) =>
        host.Value?.Equals(options.WebAddress?.Authority, StringComparison.OrdinalIgnoreCase) == true;

    private int Port =>
        api.Address is { } address
            ? new Uri(address).Port
            : throw new InvalidOperationException("The peer does not listen yet.");

    // A username may end in what a host's name may not.
    private static string OwnHost(Username name) =>
        name.Value.Contains('_') || name.Value.EndsWith('-') ? Localhost : $"{name}.{Localhost}";
}
