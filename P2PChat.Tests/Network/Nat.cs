namespace P2PChat.Tests.Network;

/// <summary>Behaviour of a router towards its network (RFC 4787; the classic names are RFC 3489's).</summary>
internal enum Nat
{
    /// <summary>Endpoint-independent mapping and filtering.</summary>
    FullCone,

    /// <summary>Endpoint-independent mapping, address-dependent filtering.</summary>
    AddressRestricted,

    /// <summary>Endpoint-independent mapping, address- and port-dependent filtering.</summary>
    PortRestricted,

    /// <summary>Address- and port-dependent mapping and filtering.</summary>
    Symmetric,

    /// <summary>As <see cref="PortRestricted"/>, and nothing leaves but TCP to port 443.</summary>
    HttpsOnly,

    /// <summary>IPv6 without a NAT; everything may come in.</summary>
    OpenIpv6,

    /// <summary>IPv6 without a NAT; only answers may come in.</summary>
    FirewalledIpv6,
}
