using System.Net;

namespace P2PChat.Node.Links;

/// <summary>
/// An address of this machine and where it is attached. Two networks may give this machine the same private address.
/// </summary>
/// <param name="Interface">The operating system's index of the interface.</param>
/// <param name="Gateway">The router of an IPv4 network; null if there is none, or it is not known.</param>
public readonly record struct Attachment(IPAddress Address, int Interface, IPAddress? Gateway)
{
    /// <summary>
    /// Whether connections over the other attachment continue here. The router may become known after the address.
    /// </summary>
    public bool Continues(Attachment other) =>
        Address.Equals(other.Address)
        && Interface == other.Interface
        && (other.Gateway is null || other.Gateway.Equals(Gateway));
}
