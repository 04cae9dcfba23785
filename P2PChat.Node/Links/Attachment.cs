using System.Net;

namespace P2PChat.Node.Links;

/// <summary>
/// An address of this machine and where it is attached. Two networks may give this machine the same private address.
/// </summary>
/// <param name="Interface">As the operating system numbers it.</param>
/// <param name="Gateway">The router of an IPv4 network; null if there is none, or it is not known.</param>
public readonly record struct Attachment(IPAddress Address, int Interface, IPAddress? Gateway)
{
    /// <summary>
    /// Whether connections over the other attachment go on over this one. A router may be learned after the address.
    /// </summary>
    public bool Continues(Attachment other) =>
        Address.Equals(other.Address)
        && Interface == other.Interface
        && (other.Gateway is null || other.Gateway.Equals(Gateway));
}
