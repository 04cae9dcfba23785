using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace P2PChat.Tests.Node.Paths.Relay;

/// <summary>
/// A proxy in front of a directory that copies bytes and keeps those that come from the directory, as its relay sends
/// them. With TLS it is a TLS proxy as an operator has it on port 443.
/// </summary>
internal sealed class TappedProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _directoryPort;
    private readonly X509Certificate2? _certificate;
    private readonly CancellationTokenSource _stopping = new();
    private readonly MemoryStream _tapped = new();
    private readonly Task _accepting;

    public TappedProxy(Uri directory, bool withTls)
    {
        _directoryPort = directory.Port;
        if (withTls)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            using var made = request.CreateSelfSigned(
                DateTimeOffset.UtcNow.AddDays(-1),
                DateTimeOffset.UtcNow.AddDays(1)
            );
            // Windows' TLS cannot use a key that exists in memory only.
            _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
        }

        _listener.Start();
        Address = new Uri($"{(withTls ? "https" : "http")}://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Whether the directory has sent these bytes.</summary>
    public bool HasSeen(ReadOnlySpan<byte> bytes)
    {
        lock (_tapped)
        {
            return _tapped.GetBuffer().AsSpan(0, (int)_tapped.Length).IndexOf(bytes) >= 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _certificate?.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(CopyAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }

        await Task.WhenAll(connections);
    }

    private async Task CopyAsync(TcpClient client)
    {
        using var _ = client;
        using var directory = new TcpClient();
        try
        {
            await directory.ConnectAsync(IPAddress.Loopback, _directoryPort, _stopping.Token);
            await using var to = directory.GetStream();
            await using var from = await SecureAsync(client.GetStream());
            var up = from.CopyToAsync(to, _stopping.Token);
            var down = TapAsync(to, from);
            await await Task.WhenAny(up, down);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
        {
            // One end has closed the connection, or the proxy is disposed.
        }
    }

    private async Task<Stream> SecureAsync(NetworkStream stream)
    {
        if (_certificate is null)
        {
            return stream;
        }

        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = _certificate },
            _stopping.Token
        );
        return tls;
    }

    private async Task TapAsync(Stream directory, Stream client)
    {
        var buffer = new byte[16 * 1024];
        while (await directory.ReadAsync(buffer, _stopping.Token) is > 0 and var read)
        {
            lock (_tapped)
            {
                _tapped.Write(buffer, 0, read);
            }

            await client.WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
        }
    }
}
