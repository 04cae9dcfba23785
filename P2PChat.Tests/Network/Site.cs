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

    /// <summary>Port-restricted, with 200 ms from one such site to another and back, and 5 % loss.</summary>
    PoorLine,

    /// <summary>Nothing leaves but TCP to port 443.</summary>
    HttpsOnly,

    /// <summary>IPv6 only, no firewall.</summary>
    OpenIpv6,

    /// <summary>IPv6 only; the router admits only answers.</summary>
    FirewalledIpv6,

    /// <summary>Caller and callee are behind the same port-restricted NAT.</summary>
    SameNetwork,

    /// <summary>Caller and callee have a NAT of their own each, behind the same NAT of the provider.</summary>
    SameProvider,

    /// <summary>A public address, which the peer hides.</summary>
    Hidden,
}
