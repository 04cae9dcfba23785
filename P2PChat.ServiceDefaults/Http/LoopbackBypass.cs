using System.Net;

namespace P2PChat.ServiceDefaults.Http;

/// <summary>
/// Applies the machine's proxy settings, but never to loopback, regardless of <c>NO_PROXY</c>. A proxy would see the
/// join token, and would connect to its own loopback.
/// </summary>
public sealed class LoopbackBypass(IWebProxy proxy) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => proxy.Credentials;
        set => proxy.Credentials = value;
    }

    /// <summary>Installs it as the default proxy of this process's HTTP clients. Idempotent.</summary>
    public static void Install()
    {
        if (HttpClient.DefaultProxy is not LoopbackBypass)
        {
            HttpClient.DefaultProxy = new LoopbackBypass(HttpClient.DefaultProxy);
        }
    }

    public Uri? GetProxy(Uri destination) => IsLoopback(destination) ? null : proxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => IsLoopback(host) || proxy.IsBypassed(host);

    // RFC 6761, section 6.3, and the loopback addresses. The unspecified address connects to loopback too.
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
