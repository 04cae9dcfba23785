using System.Buffers.Text;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>An upload over a socket, whose body a test sends as it likes.</summary>
internal sealed class RawUpload : IAsyncDisposable
{
    private readonly TcpClient _client = new();

    private RawUpload() { }

    public static Task<RawUpload> BeginAsync(
        DirectoryFixture directory,
        string name,
        byte[] capability,
        int length,
        string? id = null,
        byte[]? digestOf = null
    ) => BeginAsync(directory.Address, name, capability, length, id, digestOf);

    /// <param name="directory">Address of the directory.</param>
    /// <param name="name">The recipient.</param>
    /// <param name="capability">The capability of its mailbox.</param>
    /// <param name="length">The length that is announced.</param>
    /// <param name="id">The file's id; null for a random one.</param>
    /// <param name="digestOf">The bytes whose digest is announced; null for a digest of no bytes at all.</param>
    public static async Task<RawUpload> BeginAsync(
        Uri directory,
        string name,
        byte[] capability,
        int length,
        string? id = null,
        byte[]? digestOf = null
    )
    {
        var digest = digestOf is null ? new byte[32] : SHA256.HashData(digestOf);
        var upload = new RawUpload();
        await upload._client.ConnectAsync(directory.Host, directory.Port);
        await upload
            ._client.GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"PUT /peers/{name}/files/{id ?? FileFixture.NewId()} HTTP/1.1\r\nHost: localhost\r\n"
                        + $"Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n"
                        + $"X-P2PChat-Capability: {Base64Url.EncodeToString(capability)}\r\n"
                        + $"Content-Digest: sha-256=:{Convert.ToBase64String(digest)}:\r\n\r\n"
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
