using System.Net;

namespace P2PChat.Node.Links;

/// <summary>An authenticated channel to the peer that was expected.</summary>
/// <param name="StartedAt">When the first byte of TLS went over the wire.</param>
/// <param name="Remote">The other end of its socket.</param>
internal readonly record struct OutboundChannel(TlsChannel Channel, DateTimeOffset StartedAt, IPEndPoint Remote);
