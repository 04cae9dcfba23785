namespace P2PChat.Tests.Network;

/// <summary>How a peer is attached to the internet.</summary>
internal enum Site
{
    /// <summary>A public IPv4 address, no firewall.</summary>
    Public,

    FullCone,

    AddressRestricted,

    PortRestricted,

    Symmetric,

    /// <summary>Two port-restricted NATs, one behind the other, as with many providers.</summary>
    DoubleNat,

    /// <summary>Nothing leaves but TCP to port 443.</summary>
    HttpsOnly,

    /// <summary>IPv6 only, no firewall.</summary>
    OpenIpv6,

    /// <summary>IPv6 only; the router admits only answers.</summary>
    FirewalledIpv6,
}
