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

    public Socket Socket => socket;

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var packet = new byte[MaxPacket];
        var sender = new SocketAddress(socket.AddressFamily);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var length = await socket.ReceiveFromAsync(packet, SocketFlags.None, sender, cancellationToken);
                if (Answer(packet.AsSpan(0, length), sender, out var from) is > 0 and var count)
                {
                    await from.SendToAsync(_response.AsMemory(0, count), SocketFlags.None, sender, cancellationToken);
                }
            }
            catch (SocketException)
            {
                // An ICMP error of an earlier response, or one that cannot be sent. The next packet may be fine.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    public void Dispose() => socket.Dispose();

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
