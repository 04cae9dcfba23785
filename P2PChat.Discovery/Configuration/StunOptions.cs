namespace P2PChat.Discovery.Configuration;

/// <summary>
/// The configuration section <c>Directory:Stun</c>: the STUN server (RFC 8489), by which peers learn their public
/// addresses. It listens over UDP and TCP.
/// </summary>
public sealed class StunOptions
{
    /// <summary>Ports if <see cref="Ports"/> is empty. A second one shows peers how their NAT maps ports.</summary>
    public static readonly IReadOnlyList<int> DefaultPorts = [3478, 3479];

    /// <summary>
    /// Whether the server runs. If not set, it runs if <see cref="Addresses"/> is set, or if the HTTP server listens on
    /// more than loopback.
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>Up to 4 ports, each for UDP and TCP; 0 for a free one. <see cref="DefaultPorts"/> if empty.</summary>
    public int[] Ports { get; set; } = [];

    /// <summary>
    /// The IP addresses to listen on; <c>::</c> for all of IPv6 and IPv4. If empty, those of the HTTP server.
    /// </summary>
    public string[] Addresses { get; set; } = [];

    /// <summary>
    /// A second public IP address of this machine, by which peers can learn how their NAT maps addresses (RFC 5780).
    /// <see cref="Addresses"/> must then name the first one, and <see cref="Ports"/> two ports.
    /// </summary>
    public string? AlternateAddress { get; set; }

    /// <summary>The host name that peers are told; if empty, they use the host of the directory's address.</summary>
    public string? Host { get; set; }

    /// <summary>Maximum number of open TCP connections. Each peer keeps one or two.</summary>
    public int Connections { get; set; } = 20_000;

    /// <summary>Maximum number of open TCP connections per address.</summary>
    public int ConnectionsPerAddress { get; set; } = 1_000;

    /// <summary>How long a TCP connection may go without a request.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(90);

    internal IReadOnlyList<int> PortsOrDefault => Ports.Length == 0 ? DefaultPorts : Ports;
}
