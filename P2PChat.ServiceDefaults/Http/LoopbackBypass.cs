using System.Net;

namespace P2PChat.ServiceDefaults.Http;

/// <summary>
/// The machine's proxy settings, except that loopback is always called directly, whatever <c>NO_PROXY</c> says. A proxy
/// would see the join token, and would connect to its own loopback.
/// </summary>
public sealed class LoopbackBypass(IWebProxy proxy) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => proxy.Credentials;
        set => proxy.Credentials = value;
    }

    /// <summary>Makes it the default of every HTTP client of this process that has no proxy of its own. Idempotent.</summary>
    public static void Install()
    {
        if (HttpClient.DefaultProxy is not LoopbackBypass)
        {
            HttpClient.DefaultProxy = new LoopbackBypass(HttpClient.DefaultProxy);
        }
    }

    public Uri? GetProxy(Uri destination) => IsLoopback(destination) ? null : proxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => IsLoopback(host) || proxy.IsBypassed(host);

    /// <summary>Whether it is <c>localhost</c> (RFC 6761, section 6.3), 127.0.0.0/8, ::1, or the unspecified address, which connects to loopback.</summary>
    private static bool IsLoopback(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var host = uri.IdnHost.TrimEnd('.');
        if (IPAddress.TryParse(host, out var address))
        {
            return IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        }

        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }
}
