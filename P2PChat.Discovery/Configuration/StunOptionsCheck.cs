using System.Net;

namespace P2PChat.Discovery.Configuration;

/// <summary>Finds options of the STUN server that cannot work.</summary>
internal static class StunOptionsCheck
{
    private const int MaxPorts = 4;

    public static IEnumerable<(string Option, string Text)> Problems(StunOptions stun)
    {
        if (stun.Ports.Length > MaxPorts)
        {
            yield return (nameof(stun.Ports), $"has more than {MaxPorts} ports.");
        }

        foreach (var port in stun.Ports.Where(port => port is < 0 or > ushort.MaxValue))
        {
            yield return (nameof(stun.Ports), $"contains {port}, but a port is between 0 and {ushort.MaxValue}.");
        }

        if (stun.Ports.Where(port => port != 0).GroupBy(port => port).Any(group => group.Count() > 1))
        {
            yield return (nameof(stun.Ports), "contains a port twice.");
        }

        foreach (var address in stun.Addresses.Where(address => !IPAddress.TryParse(address, out _)))
        {
            yield return (nameof(stun.Addresses), $"contains '{address}', which is not an IP address.");
        }

        if (!string.IsNullOrWhiteSpace(stun.Host) && Uri.CheckHostName(stun.Host) == UriHostNameType.Unknown)
        {
            yield return (nameof(stun.Host), $"is '{stun.Host}', which is neither a host name nor an IP address.");
        }

        if (!string.IsNullOrEmpty(stun.AlternateAddress) && AlternateProblem(stun) is { } problem)
        {
            yield return (nameof(stun.AlternateAddress), problem);
        }
    }

    private static string? AlternateProblem(StunOptions stun)
    {
        if (!IPAddress.TryParse(stun.AlternateAddress, out var alternate) || IsWildcard(alternate))
        {
            return $"is '{stun.AlternateAddress}', which is not an IP address of this machine.";
        }

        List<IPAddress> addresses =
        [
            .. stun.Addresses.Select(text => IPAddress.TryParse(text, out var address) ? address : IPAddress.None),
        ];
        return addresses.Exists(IsWildcard)
            || addresses.Count(address => address.AddressFamily == alternate.AddressFamily) != 1
            || addresses.Contains(alternate)
                ? "needs exactly one other address of the same kind in Directory:Stun:Addresses, and no wildcard there."
            : stun.PortsOrDefault.Count != 2 ? "needs two ports in Directory:Stun:Ports."
            : null;
    }

    private static bool IsWildcard(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
