using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Wire;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Node;

/// <summary>
/// A scripted peer that shares no sockets or state machines with the product, so that a test can also break the
/// protocol.
/// </summary>
internal sealed class RawPeer : IDisposable
{
    public static readonly SslApplicationProtocol Protocol = new("p2pchat/1");

    private readonly ECDsa _key;
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2Collection _issuers = [];
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="curve">P-256 by default.</param>
    /// <param name="extension">An extension to add to the certificate.</param>
    /// <param name="issuers">
    /// The number of RSA certificates above its own, each signed by the next; 0 for self-signed.
    /// </param>
    /// <param name="key">Whose key it has; null for a new one.</param>
    public RawPeer(
        string name,
        ECCurve? curve = null,
        X509Extension? extension = null,
        int issuers = 0,
        RawPeer? key = null
    )
    {
        Name = Username.Parse(name);
        _key = key is null
            ? ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256)
            : ECDsa.Create(key._key.ExportParameters(includePrivateParameters: true));
        var request = new CertificateRequest("CN=raw", _key, HashAlgorithmName.SHA256);

        if (extension is not null)
        {
            request.CertificateExtensions.Add(extension);
        }

        // Expired long ago, because peers ignore dates.
        _certificate =
            issuers == 0
                ? request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1))
                : CertificateChain.Issue(request, _key, issuers, _issuers);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public Username Name { get; }

    /// <summary>Its identity key, for what it signs.</summary>
    public ECDsa Key => _key;

    public PeerId Id => PeerId.FromPublicKey(_key.ExportSubjectPublicKeyInfo());

    /// <summary>The port on which it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Claims the name for one lease.</summary>
    /// <param name="ports">The loopback ports to advertise; <see cref="Port"/> by default.</param>
    public async Task RegisterAsync(RestartableDirectory directory, params int[] ports)
    {
        using var http = new HttpClient { BaseAddress = new Uri(directory.Address) };
        var info = (await http.GetFromJsonAsync<DirectoryInfo>("/directory", JsonSerializerOptions.Web))!;
        var device = new Device { PublicKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()) };
        foreach (var port in ports.DefaultIfEmpty(Port))
        {
            device.Endpoints.Add(
                new Endpoint
                {
                    Transport = Transport.Tcp,
                    Host = "127.0.0.1",
                    Port = (uint)port,
                }
            );
        }

        var now = DateTimeOffset.UtcNow;
        var record = SignedRecord.Sign(
            new PeerRecord
            {
                Purpose = Purpose.Register,
                DirectoryId = ByteString.CopyFrom(Convert.FromHexString(info.DirectoryId)),
                Username = Name.Value,
                Sequence = (ulong)now.ToUnixTimeMilliseconds(),
                NotAfter = now.AddHours(1).ToUnixTimeMilliseconds(),
                Devices = { device },
                Ephemeral = true,
            },
            _key
        );
        var body = new SignedRecordBody(
            Convert.ToBase64String(record.Record.Span),
            Convert.ToBase64String(record.Signature.Span),
            Convert.ToBase64String(record.PublicKey.Span)
        );
        using var response = await http.PutAsJsonAsync($"/peers/{Name}", body, JsonSerializerOptions.Web);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Dials and completes TLS as the client.</summary>
    /// <param name="protocols">The ALPN protocols; <see cref="Protocol"/> by default.</param>
    /// <param name="from">The loopback address to dial from.</param>
    public async Task<RawLink> DialAsync(
        int port,
        bool showCertificate = true,
        IReadOnlyList<SslApplicationProtocol>? protocols = null,
        SslProtocols version = SslProtocols.Tls13,
        IPAddress? from = null
    )
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "",
                    ClientCertificateContext = showCertificate
                        ? SslStreamCertificateContext.Create(_certificate, _issuers, offline: true)
                        : null,
                    EnabledSslProtocols = version,
                    ApplicationProtocols =
                        protocols is null ? [Protocol]
                        : protocols.Count == 0 ? null
                        : [.. protocols],
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                }
            );
            return new RawLink(socket, stream);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Dials, exchanges Hellos and sends a request.</summary>
    public async Task<RawLink> AskAsync(
        HostedPeer peer,
        IPAddress? from = null,
        Request? request = null,
        string[]? features = null
    )
    {
        var link = await DialAsync(peer.Listener.Port, from: from);
        await link.SendHelloAsync(Name, features: features ?? []);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Hello);
        await link.SendAsync(new Frame { Request = request ?? new Request() });
        return link;
    }

    /// <summary>Accepts the next connection and completes TLS as the server.</summary>
    public async Task<RawLink> AcceptCallAsync(bool askForCertificate = true)
    {
        using var timeout = new CancellationTokenSource(PeerUnderTest.Soon);
        var socket = await _listener.AcceptAsync(timeout.Token);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(
                        _certificate,
                        _issuers,
                        offline: true
                    ),
                    ClientCertificateRequired = askForCertificate,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [Protocol],
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                        certificate is not null || !askForCertificate,
                },
                timeout.Token
            );
            return new RawLink(socket, stream);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Accepts the next connection, sends nothing, and returns when the other side has closed it.</summary>
    public async Task LeaveCallUnansweredAsync()
    {
        using var timeout = new CancellationTokenSource(PeerUnderTest.Soon);
        using var socket = await _listener.AcceptAsync(timeout.Token);
        try
        {
            while (await socket.ReceiveAsync(new byte[1024], timeout.Token) > 0)
            {
                // Ignore what arrives.
            }
        }
        catch (SocketException)
        {
            // A reset ends the connection as well.
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
        foreach (var issuer in _issuers)
        {
            issuer.Dispose();
        }

        _key.Dispose();
    }
}
