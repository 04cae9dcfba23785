using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using P2PChat.Protocol.Stun;

namespace P2PChat.Discovery.Stun;

/// <summary>Finds out whether another STUN server has a port: usually another replica on this machine.</summary>
internal static class StunPortProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);
    private const int Attempts = 5;

    public static async Task<bool> AnswersAsync(
        IPEndPoint endpoint,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        var server = endpoint switch
        {
            { Address: var address } when address.Equals(IPAddress.Any) => new IPEndPoint(
                IPAddress.Loopback,
                endpoint.Port
            ),
            { Address: var address } when address.Equals(IPAddress.IPv6Any) => new IPEndPoint(
                IPAddress.IPv6Loopback,
                endpoint.Port
            ),
            _ => endpoint,
        };
        try
        {
            using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(server, cancellationToken);
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (await AskAsync(socket, timeProvider, cancellationToken))
                {
                    return true;
                }
            }
        }
        catch (SocketException)
        {
            // Nothing answers over UDP.
        }

        return false;
    }

    private static async Task<bool> AskAsync(
        Socket socket,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(Timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var transaction = RandomNumberGenerator.GetBytes(StunFormat.TransactionIdLength);
        var buffer = new byte[512];
        _ = new StunWriter(buffer, StunMessageType.BindingRequest, transaction);
        await socket.SendAsync(buffer.AsMemory(0, StunFormat.HeaderLength), cancellationToken);
        try
        {
            var length = await socket.ReceiveAsync(buffer, either.Token);
            return StunMessage.TryRead(buffer.AsSpan(0, length), out var response)
                && response.Type == StunMessageType.BindingSuccess
                && response.TransactionId.SequenceEqual(transaction);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
