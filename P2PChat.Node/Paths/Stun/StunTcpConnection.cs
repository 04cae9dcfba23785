using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Links;
using P2PChat.Protocol.Stun;

namespace P2PChat.Node.Paths.Stun;

/// <summary>
/// A TCP connection to a STUN server, which takes any number of requests. Closes by a reset, so that the same two ports
/// can be connected again at once. Thread-safe.
/// </summary>
internal sealed class StunTcpConnection : IDisposable
{
    private const int MaxResponse = 1024;

    private readonly Socket _socket;
    private readonly TimeProvider _timeProvider;
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly byte[] _buffer = new byte[MaxResponse];
    private int _filled;

    /// <param name="socket">Connected. The connection owns it.</param>
    public StunTcpConnection(Socket socket, TimeProvider timeProvider)
    {
        _socket = socket;
        _timeProvider = timeProvider;
        var local = (IPEndPoint)socket.LocalEndPoint!;
        Local = new IPEndPoint(local.Address.Unmap(), local.Port);
    }

    /// <summary>The address and port on this machine.</summary>
    public IPEndPoint Local { get; }

    /// <exception cref="StunException">The connection is broken, or the server answers with an error.</exception>
    /// <exception cref="OperationCanceledException">
    /// The caller cancelled. The response to this request may still arrive before the next one, and is skipped.
    /// </exception>
    public async Task<StunReply> AskAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            var transaction = new StunTransaction();
            var startedAt = _timeProvider.GetTimestamp();
            transaction.Sent(TimeSpan.Zero);
            for (var sent = 0; sent < transaction.Request.Length; )
            {
                sent += await _socket.SendAsync(transaction.Request[sent..], SocketFlags.None, cancellationToken);
            }

            while (true)
            {
                var length = await ReadMessageAsync(cancellationToken);
                var reply = transaction.Receive(_buffer.AsSpan(0, length), _timeProvider.GetElapsedTime(startedAt));
                _buffer.AsSpan(length, _filled - length).CopyTo(_buffer);
                _filled -= length;
                if (reply is not null)
                {
                    return reply;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new StunException("The connection to the STUN server is broken.", exception);
        }
        finally
        {
            _ = _oneAtATime.Release();
        }
    }

    public void Dispose() => SharedPort.Discard(_socket);

    /// <returns>Length of the message at the beginning of the buffer.</returns>
    private async Task<int> ReadMessageAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_filled >= StunFormat.HeaderLength)
            {
                if (!StunFormat.TryReadLength(_buffer.AsSpan(0, _filled), out var length) || length > MaxResponse)
                {
                    throw new StunException("The server does not speak STUN.");
                }

                if (length <= _filled)
                {
                    return length;
                }
            }

            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_filled), SocketFlags.None, cancellationToken);
            if (read == 0)
            {
                throw new StunException("The STUN server closed the connection.");
            }

            _filled += read;
        }
    }
}
