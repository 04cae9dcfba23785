using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>
/// Ends TLS on port 443 of a machine of the lab, and passes the bytes on to another port of the machine.
/// </summary>
internal sealed class TlsProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly LabMachine _machine;
    private readonly IPEndPoint _target;
    private readonly X509Certificate2 _certificate;
    private readonly Socket _listener;
    private readonly Task _accepting;

    public TlsProxy(LabMachine machine, int targetPort)
    {
        _machine = machine;
        _target = new IPEndPoint(IPAddress.Loopback, targetPort);
        _certificate = NewCertificate(machine.Ipv4!);
        _listener = InNamespace.Tcp(machine.Namespace);
        _listener.Bind(new IPEndPoint(IPAddress.Any, 443));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>The certificate in PEM. Programs that have it in <c>SSL_CERT_FILE</c> trust the proxy.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _certificate.Dispose();
        _end.Dispose();
    }

    private static X509Certificate2 NewCertificate(IPAddress address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={address}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptAsync(_end.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket accepted)
    {
        using var client = new NetworkStream(accepted, ownsSocket: true);
        await using var tls = new SslStream(client);
        using var socket = InNamespace.Tcp(_machine.Namespace);
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = _certificate },
                _end.Token
            );
            await socket.ConnectAsync(_target, _end.Token);
            await using var server = new NetworkStream(socket);
            // Either end closes both, as no half-open connection is needed for HTTP.
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            var first = await Task.WhenAny(tls.CopyToAsync(server, over.Token), server.CopyToAsync(tls, over.Token));
            await over.CancelAsync();
            await first;
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is over, for whatever reason.
        }
    }
}
