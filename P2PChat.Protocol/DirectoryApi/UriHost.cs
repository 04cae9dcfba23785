using System.Text;

namespace P2PChat.Protocol.DirectoryApi;

/// <summary>Hosts of URIs from users and other peers.</summary>
public static class UriHost
{
    /// <summary>
    /// Whether the host has a form in ASCII (RFC 5891). A <see cref="Uri"/> can be created without one, and then throws
    /// where the host is used.
    /// </summary>
    /// <param name="uri">An absolute URI.</param>
    public static bool IsValid(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        try
        {
            return uri.IdnHost is { Length: > 0 } host && Ascii.IsValid(host);
        }
        catch (UriFormatException)
        {
            return false;
        }
    }
}
