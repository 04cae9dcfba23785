using System.Net;
using System.Net.Sockets;
using System.Text;

namespace P2PChat.Bench.Load;

/// <summary>
/// A keep-alive connection that sends prepared requests and reads each response to its end. It does as little work as
/// possible, because on a machine with few cores the load generator takes processor time from the server.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _headerLength;
    private int _length;

    /// <summary>The body of the last response as received, including chunk headers.</summary>
    public string Body => Encoding.ASCII.GetString(_buffer, _headerLength, _length - _headerLength);

    public static async Task<HttpConnection> ConnectAsync(IPEndPoint server)
    {
        var connection = new HttpConnection();
        try
        {
            await connection._socket.ConnectAsync(server);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <returns>The status code of the response.</returns>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> request)
    {
        _ = await _socket.SendAsync(request, SocketFlags.None);
        _length = 0;
        do
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_length), SocketFlags.None);
            if (read == 0)
            {
                throw new IOException("The server closed the connection, or its response exceeds 16 KiB.");
            }

            _length += read;
        } while (!IsWhole());

        // HTTP/1.1 200
        return 100 * (_buffer[9] - '0') + 10 * (_buffer[10] - '0') + _buffer[11] - '0';
    }

    public void Dispose() => _socket.Dispose();

    private bool IsWhole()
    {
        var answer = _buffer.AsSpan(0, _length);
        _headerLength = answer.IndexOf("\r\n\r\n"u8) + 4;
        if (_headerLength < 4)
        {
            return false;
        }

        var header = answer[.._headerLength];
        if (header.IndexOf("Transfer-Encoding: chunked"u8) >= 0)
        {
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        }

        var at = header.IndexOf("Content-Length: "u8);
        if (at < 0)
        {
            return true;
        }

        var length = 0;
        foreach (var digit in header[(at + "Content-Length: ".Length)..])
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                break;
            }

            length = 10 * length + digit - '0';
        }

        return _length >= _headerLength + length;
    }
}
