using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace P2PChat.Bench.Tls;

/// <summary>
/// Mutual TLS 1.3 with P-256 keys on <see cref="SslStream"/> alone: the floor of a peer's channel. Accepts any
/// certificate, without a trusted chain.
/// </summary>
internal sealed class BareTls : IDisposable
{
    private readonly Lazy<Socket> _listener = new(Listen);
    private readonly List<SslApplicationProtocol>? _protocols;
    private readonly X509Certificate2 _certificate;
    private readonly SslStreamCertificateContext _context;

    /// <param name="protocol">The ALPN protocol; null to negotiate none.</param>
    public BareTls(string? protocol = null)
    {
        _protocols = protocol is null ? null : [new SslApplicationProtocol(protocol)];
        var request = new CertificateRequest("CN=bench", Key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow.AddYears(10));
        _certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        _context = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
    }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The listening address. The first access starts the listener.</summary>
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

    /// <summary>Opens a connection and returns both ends.</summary>
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
