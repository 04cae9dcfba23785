using System.Net;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Lan;

/// <summary>An action for the driver of <see cref="MdnsResponder"/> and <see cref="MdnsBrowser"/>.</summary>
internal abstract record MdnsEffect
{
    private MdnsEffect() { }

    /// <summary>Send to the multicast group on one interface.</summary>
    public sealed record Multicast(LanInterface Interface, DnsMessage Message) : MdnsEffect;

    /// <summary>Send to one machine.</summary>
    public sealed record Unicast(IPEndPoint To, DnsMessage Message) : MdnsEffect;

    /// <summary>A known peer has been found, or has another address.</summary>
    public sealed record Found(PeerId Peer) : MdnsEffect;
}
