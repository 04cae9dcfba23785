using System.Net;

namespace P2PChat.Node.DirectoryClient;

/// <summary>Reads the addresses that a directory has observed.</summary>
internal static class ObservedAddresses
{
    /// <returns>Null if there is none, or it is not an IP address. IPv4 is never mapped to IPv6.</returns>
    public static IPAddress? Parse(string? text) =>
        !IPAddress.TryParse(text, out var address) ? null
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address;
}
