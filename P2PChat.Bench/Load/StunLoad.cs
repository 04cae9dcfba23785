using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using P2PChat.Protocol.Stun;

namespace P2PChat.Bench.Load;

/// <summary>Binding requests over UDP: a fixed number is always in flight.</summary>
internal sealed class StunLoad : IDisposable
{
    private const int Window = 32;
    private static readonly TimeSpan LostAfter = TimeSpan.FromMilliseconds(200);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _request = new byte[StunFormat.HeaderLength];
    private readonly byte[] _response = new byte[512];

    /// <param name="server">On loopback.</param>
    public StunLoad(IPEndPoint server)
    {
        _ = new StunWriter(
            _request,
            StunMessageType.BindingRequest,
            RandomNumberGenerator.GetBytes(StunFormat.TransactionIdLength)
        );
        _socket.ReceiveTimeout = (int)LostAfter.TotalMilliseconds;
        _socket.Connect(server);
    }

    /// <summary>Waits until the server answers.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public void WaitForServer()
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            if (TryAsk())
            {
                return;
            }
        }

        throw new InvalidOperationException(
            "The STUN server does not answer. The row needs turnserver: on Debian, apt-get install coturn."
        );
    }

    /// <returns>Answers per second.</returns>
    public double Run(int count)
    {
        var started = Stopwatch.GetTimestamp();
        var (sent, received) = (0, 0);
        while (received < count)
        {
            while (sent - received < Window && sent < count)
            {
                _ = _socket.Send(_request);
                sent++;
            }

            if (TryReceive())
            {
                received++;
            }
            else
            {
                // Lost packets are sent again, and cost the time-out.
                sent = received;
            }
        }

        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Dispose() => _socket.Dispose();

    private bool TryAsk()
    {
        try
        {
            _ = _socket.Send(_request);
        }
        catch (SocketException)
        {
            // The answer to an earlier one: nothing listens yet.
        }

        if (TryReceive())
        {
            return true;
        }

        Thread.Sleep(LostAfter);
        return false;
    }

    private bool TryReceive()
    {
        try
        {
            var length = _socket.Receive(_response);
            return StunMessage.TryRead(_response.AsSpan(0, length), out var message)
                && message.Type == StunMessageType.BindingSuccess;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
