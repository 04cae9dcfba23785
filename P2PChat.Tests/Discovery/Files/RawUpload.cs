using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>An upload over a socket, whose body a test sends as it likes.</summary>
internal sealed class RawUpload : IAsyncDisposable
{
    private readonly TcpClient _client = new();

    private RawUpload() { }

    public static async Task<RawUpload> BeginAsync(
        DirectoryFixture directory,
        string name,
        byte[] capability,
        int length,
        string? id = null,
        string headers = ""
    )
    {
        var upload = new RawUpload();
        await upload._client.ConnectAsync(directory.Address.Host, directory.Address.Port);
        await upload
            ._client.GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"PUT /peers/{name}/files/{id ?? FileFixture.NewId()} HTTP/1.1\r\nHost: localhost\r\n"
                        + $"Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n"
                        + $"X-P2PChat-Capability: {Base64Url.EncodeToString(capability)}\r\n"
                        + $"Content-Digest: sha-256=:{Convert.ToBase64String(new byte[32])}:\r\n{headers}\r\n"
                )
            );
        return upload;
    }

    public async Task SendAsync(int bytes) => await _client.GetStream().WriteAsync(new byte[bytes]);

    /// <summary>Returns the response's status line; empty if the connection ends without one.</summary>
    public async Task<string> ReadStatusAsync()
    {
        using var reader = new StreamReader(_client.GetStream(), Encoding.ASCII, leaveOpen: true);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await reader.ReadLineAsync(timeout.Token) ?? "";
    }

    /// <summary>Resets the connection.</summary>
    public void Abort()
    {
        _client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Close();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
