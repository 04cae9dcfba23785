using System.Net;
using System.Net.Sockets;

namespace P2PChat.Discovery.Stun;

/// <summary>Answers binding requests on a UDP socket.</summary>
/// <param name="limiter">Null without a limit.</param>
/// <param name="find">The socket of another endpoint of RFC 5780; null if it could not be bound.</param>
internal sealed class StunUdpListener(
    Socket socket,
    BindingResponder responder,
    StunRateLimiter? limiter,
    StunMetrics metrics,
    Func<bool, bool, Socket?> find
) : IDisposable
{
    private const string Transport = "udp";

    // A longer packet is cut off, and then malformed.
    private const int MaxPacket = 2048;

    private readonly byte[] _response = new byte[BindingResponder.MaxLength];

    private volatile bool _isDisposed;

    public Socket Socket => socket;

    /// <summary>
    /// Runs until <see cref="Dispose"/>. Blocks its thread: asynchronous waiting would change threads after each burst
    /// of packets, and answer half as many per second.
    /// </summary>
    public void Run()
    {
        var packet = new byte[MaxPacket];
        var sender = new SocketAddress(socket.AddressFamily);
        while (!_isDisposed)
        {
            try
            {
                var length = socket.ReceiveFrom(packet, SocketFlags.None, sender);
                if (Answer(packet.AsSpan(0, length), sender, out var from) is > 0 and var count)
                {
                    _ = from.SendTo(_response.AsSpan(0, count), SocketFlags.None, sender);
                }
            }
            catch (SocketException)
            {
                // An ICMP error of an earlier response, or one that cannot be sent. The next packet may be fine.
            }
            catch (ObjectDisposedException)
            {
                // This socket, or that of the other endpoint: the server stops.
                return;
            }
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        socket.Dispose();
    }

    private int Answer(ReadOnlySpan<byte> packet, SocketAddress sender, out Socket from)
    {
        from = socket;
        var address = StunSender.AddressOf(sender);
        var port = StunSender.PortOf(sender);
        if (port == 0)
        {
            return 0;
        }

        if (limiter?.TrySpend(address) == false)
        {
            metrics.RateLimited(Transport);
            return 0;
        }

        var reply = responder.Answer(packet, address, port, _response);
        metrics.Received(Transport, reply.Outcome);
        if (!reply.ChangeAddress && !reply.ChangePort)
        {
            return reply.Length;
        }

        // The other endpoint may be missing. An answer from this one would mislead the client.
        if (find(reply.ChangeAddress, reply.ChangePort) is not { } other)
        {
            return 0;
        }

        from = other;
        return reply.Length;
    }
}
