using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Bench.Splices;

/// <summary>
/// Two connections to a splice or a relay, and the same load for both: plain sockets that write as much as a TLS record
/// holds at a time. To the relay, each write is one WebSocket frame with a random mask, prepared once.
/// </summary>
internal sealed class SplicedPair : IDisposable
{
    public const int RecordSize = 16 * 1024;
    public const int MessageSize = 256;

    // Both sizes need a length of two bytes.
    private const int HeaderSize = 4;
    private const int MaskSize = 4;

    private readonly Socket _left;
    private readonly Socket _right;
    private readonly byte[] _record;
    private readonly byte[] _message;
    private readonly byte[] _received = new byte[64 * 1024];
    private readonly int _overhead;

    private SplicedPair(Socket left, Socket right, bool isRelayed)
    {
        (_left, _right) = (left, right);
        _overhead = isRelayed ? HeaderSize : 0;
        _record = isRelayed ? Frame(RecordSize) : new byte[RecordSize];
        _message = isRelayed ? Frame(MessageSize) : new byte[MessageSize];
    }

    public static async Task<SplicedPair> OpenAsync(BareSplice splice) => await OpenBareAsync(splice.Endpoint);

    public static async Task<SplicedPair> OpenBareAsync(IPEndPoint splice) =>
        new(await ConnectAsync(splice), await ConnectAsync(splice), isRelayed: false);

    public static Task<SplicedPair> OpenAsync(RelayServer relay) =>
        OpenRelayedAsync(relay.Endpoint, relay.NewSession());

    /// <param name="session">The result of <see cref="RelayServer.NewSession"/>.</param>
    public static async Task<SplicedPair> OpenRelayedAsync(IPEndPoint relay, string session)
    {
        var parts = session.Split(' ');
        return new SplicedPair(
            await UpgradeAsync(relay, parts[0], parts[1]),
            await UpgradeAsync(relay, parts[0], parts[2]),
            isRelayed: true
        );
    }

    /// <summary>Sends records from the left end to the right one.</summary>
    public Task CarryAsync(int records) => CarryAsync(_left, _right, records);

    /// <summary>Sends records from the right end to the left one.</summary>
    public Task CarryBackAsync(int records) => CarryAsync(_right, _left, records);

    /// <summary>Sends a message to the other end and back.</summary>
    public async ValueTask ExchangeAsync()
    {
        await SendAsync(_left, _message);
        await ReceiveAsync(_right, MessageSize + _overhead);
        await SendAsync(_right, _message);
        await ReceiveAsync(_left, MessageSize + _overhead);
    }

    public void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
    }

    private Task CarryAsync(Socket from, Socket to, int records) =>
        Task.WhenAll(
            Task.Run(async () =>
            {
                for (var i = 0; i < records; i++)
                {
                    await SendAsync(from, _record);
                }
            }),
            Task.Run(() => ReceiveAsync(to, (long)records * (RecordSize + _overhead)))
        );

    private static async ValueTask SendAsync(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length; )
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent));
        }
    }

    private async Task ReceiveAsync(Socket socket, long length)
    {
        while (length > 0)
        {
            var read = await socket.ReceiveAsync(_received.AsMemory(0, (int)Math.Min(_received.Length, length)));
            length -= read > 0 ? read : throw new IOException("The connection was closed.");
        }
    }

    private static byte[] Frame(int size)
    {
        var frame = RandomNumberGenerator.GetBytes(HeaderSize + MaskSize + size);
        (frame[0], frame[1]) = (0x82, 0x80 | 126);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)size);
        return frame;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return socket;
    }

    private static async Task<Socket> UpgradeAsync(IPEndPoint relay, string session, string token)
    {
        var socket = await ConnectAsync(relay);
        await SendAsync(
            socket,
            Encoding.ASCII.GetBytes(
                $"GET /relay/sessions/{session} HTTP/1.1\r\nHost: {relay}\r\nAuthorization: Bearer {token}\r\n"
                    + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Protocol: p2pchat-relay\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
        );
        var answer = new StringBuilder();
        var one = new byte[1];
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            answer.Append(await socket.ReceiveAsync(one) > 0 ? (char)one[0] : throw new IOException("No answer."));
        }

        return answer.ToString().StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)
            ? socket
            : throw new IOException($"The relay has refused a leg: {answer}");
    }
}
