using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace P2PChat.Bench.Tls;

/// <summary>
/// Mutual TLS 1.3 with P-256 keys by <see cref="SslStream"/> and nothing else: any certificate is good, no chain is
/// asked for. What a peer's channel cannot be cheaper than.
/// </summary>
internal sealed class BareTls : IDisposable
{
    private readonly Lazy<Socket> _listener = new(Listen);
    private readonly List<SslApplicationProtocol>? _protocols;
    private readonly X509Certificate2 _certificate;
    private readonly SslStreamCertificateContext _context;

    /// <param name="protocol">ALPN; null for none.</param>
    public BareTls(string? protocol = null)
    {
        _protocols = protocol is null ? null : [new SslApplicationProtocol(protocol)];
        var request = new CertificateRequest("CN=bench", Key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow.AddYears(10));
        _certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        _context = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
    }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Where it listens, from the first time that this is asked.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_listener.Value.LocalEndPoint!;

    public ValueTask<Socket> AcceptSocketAsync(CancellationToken cancellationToken) =>
        _listener.Value.AcceptAsync(cancellationToken);

    public async Task<SslStream> AcceptAsync() => await AuthenticateAsync(await _listener.Value.AcceptAsync());

    public async Task<SslStream> AuthenticateAsync(Socket socket)
    {
        socket.NoDelay = true;
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _context,
                ClientCertificateRequired = true,
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = _protocols,
                AllowTlsResume = false,
                CertificateChainPolicy = NoChain(),
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            }
        );
        return stream;
    }

    public async Task<SslStream> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "",
                ClientCertificateContext = _context,
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = _protocols,
                AllowTlsResume = false,
                CertificateChainPolicy = NoChain(),
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            }
        );
        return stream;
    }

    /// <summary>Both ends of one connection.</summary>
    public async Task<(SslStream Client, SslStream Server)> PairAsync()
    {
        var accepting = AcceptAsync();
        var client = await ConnectAsync(Endpoint);
        return (client, await accepting);
    }

    public void Dispose()
    {
        if (_listener.IsValueCreated)
        {
            _listener.Value.Dispose();
        }

        _certificate.Dispose();
        Key.Dispose();
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        return listener;
    }

    private static X509ChainPolicy NoChain() =>
        new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.AllFlags,
        };
}
