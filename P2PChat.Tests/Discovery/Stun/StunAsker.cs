using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using P2PChat.Protocol.Stun;

namespace P2PChat.Tests.Discovery.Stun;

/// <summary>Sends requests to a STUN server over one UDP or TCP socket, and reads the responses.</summary>
internal sealed class StunAsker : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;

    private StunAsker(Socket socket)
    {
        _socket = socket;
    }

    public IPEndPoint Local => (IPEndPoint)_socket.LocalEndPoint!;

    public static async Task<StunAsker> ConnectAsync(IPEndPoint server, bool tcp = false)
    {
        var socket = tcp
            ? new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server);
        return new StunAsker(socket);
    }

    /// <summary>A binding request without attributes.</summary>
    public static byte[] Request()
    {
        var request = new byte[StunFormat.HeaderLength];
        _ = new StunWriter(
            request,
            StunMessageType.BindingRequest,
            RandomNumberGenerator.GetBytes(StunFormat.TransactionIdLength)
        );
        return request;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _socket.SendAsync(bytes);

    /// <returns>The next response; empty if the connection ends.</returns>
    public async Task<byte[]> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[2048];
        var filled = await _socket.ReceiveAsync(buffer, patience.Token);
        if (_socket.SocketType == SocketType.Stream)
        {
            while (
                filled > 0 && (!StunFormat.TryReadLength(buffer.AsSpan(0, filled), out var length) || filled < length)
            )
            {
                var read = await _socket.ReceiveAsync(buffer.AsMemory(filled), patience.Token);
                filled = read == 0 ? 0 : filled + read;
            }
        }

        return buffer[..filled];
    }

    public async Task<byte[]> AskAsync(ReadOnlyMemory<byte> request)
    {
        await SendAsync(request);
        return await ReadAsync();
    }

    /// <summary>Asks for this socket's address as the server sees it. Skips responses to earlier requests.</summary>
    public async Task<IPEndPoint?> MappedAsync()
    {
        var request = Request();
        await SendAsync(request);
        while (true)
        {
            var response = await ReadAsync();
            if (!StunMessage.TryRead(response, out var message))
            {
                return null;
            }

            if (message.TransactionId.SequenceEqual(request.AsSpan(8)))
            {
                return message.ReadMappedAddress();
            }
        }
    }

    /// <summary>Whether the other side has closed the connection.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return (await ReadAsync()).Length == 0;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    public void Dispose() => _socket.Dispose();
}
