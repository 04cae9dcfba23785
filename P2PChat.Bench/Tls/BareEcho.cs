using System.Net.Security;

namespace P2PChat.Bench.Tls;

/// <summary>A TLS connection whose server end echoes everything that it reads.</summary>
internal sealed class BareEcho : IAsyncDisposable
{
    private readonly BareTls _tls;
    private readonly SslStream _client;
    private readonly SslStream _server;
    private readonly Task _echoing;
    private readonly byte[] _answer = new byte[64 * 1024];

    private BareEcho(BareTls tls, SslStream client, SslStream server)
    {
        (_tls, _client, _server) = (tls, client, server);
        _echoing = Task.Run(EchoAsync);
    }

    public static async Task<BareEcho> StartAsync()
    {
        var tls = new BareTls();
        var (client, server) = await tls.PairAsync();
        return new BareEcho(tls, client, server);
    }

    /// <summary>Writes the bytes and reads until the echo is complete.</summary>
    public async ValueTask ExchangeAsync(ReadOnlyMemory<byte> bytes)
    {
        await _client.WriteAsync(bytes);
        await ReadAsync(bytes.Length);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => _client.WriteAsync(bytes);

    public async ValueTask ReadAsync(long length)
    {
        while (length > 0)
        {
            var read = await _client.ReadAsync(_answer);
            if (read == 0)
            {
                throw new IOException("The echo connection was closed.");
            }

            length -= read;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _echoing;
        _tls.Dispose();
    }

    private async Task EchoAsync()
    {
        var buffer = new byte[64 * 1024];
        await using var server = _server;
        try
        {
            while (await server.ReadAsync(buffer) is > 0 and var read)
            {
                await server.WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (IOException)
        {
            // The client has closed the connection.
        }
    }
}
