using P2PChat.Protocol.Paths;

namespace P2PChat.Node.Lan;

/// <summary>The names in DNS-SD (RFC 6763, section 4). An instance's name is its peer's tag of the day.</summary>
internal static class LanNames
{
    public const string Service = "_p2pchat._tcp.local";

    /// <summary>Lists the types of services on a network (RFC 6763, section 9).</summary>
    public const string ServiceTypes = "_services._dns-sd._udp.local";

    public static string Instance(string tag) => $"{tag}.{Service}";

    public static string Host(string tag) => $"{tag}.local";

    /// <returns>Null if the name is not that of an instance.</returns>
    public static string? TagOf(string instance) =>
        instance.Length == LanTag.Length + 1 + Service.Length
        && instance.EndsWith($".{Service}", StringComparison.Ordinal)
            ? instance[..LanTag.Length]
            : null;
}
