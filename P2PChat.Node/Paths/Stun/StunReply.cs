using System.Net;

namespace P2PChat.Node.Paths.Stun;

/// <summary>A STUN server's success response.</summary>
/// <param name="Mapped">The public address: where the request came from, as the server saw it.</param>
/// <param name="Other">The server's other address and port (RFC 5780), if it has one.</param>
/// <param name="RoundTrip">Null if it is not known which of several transmissions was answered.</param>
internal sealed record StunReply(IPEndPoint Mapped, IPEndPoint? Other, TimeSpan? RoundTrip);

/// <summary>A STUN server did not answer, or with an error.</summary>
internal sealed class StunException(string message, Exception? inner = null) : Exception(message, inner);
