using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Links;

/// <summary>
/// A socket with TLS 1.3 on it, and who is at its other end: both sides have shown a P-256 key, and nothing else of a
/// certificate counts. See docs/protocol.md, section 4.
/// </summary>
internal sealed class TlsChannel : IDisposable
{
    public static readonly SslApplicationProtocol Protocol = new("p2pchat/1");

    /// <summary>
    /// Most bytes received before the handshake is complete. A handshake of this protocol takes about 1 KiB in each direction,
    /// and 1.2 KiB more with a post-quantum key share.
    /// </summary>
    public const int MaxHandshakeBytes = 8 * 1024;

    private readonly Socket _socket;

    private TlsChannel(Socket socket, SslStream stream, PeerId remote)
    {
        _socket = socket;
        Stream = stream;
        Remote = remote;
    }

    public SslStream Stream { get; }

    public PeerId Remote { get; }

    /// <summary>This side's address; null once the socket is closed.</summary>
    public IPAddress? LocalAddress => DirectorySockets.LocalAddress(_socket);

    /// <summary>As the one who dialled.</summary>
    /// <param name="expected">Whoever else answers is refused.</param>
    /// <exception cref="TlsException">TLS has failed; the socket is disposed.</exception>
    public static Task<TlsChannel> ConnectAsync(
        Socket socket,
        PeerIdentity identity,
        PeerId expected,
        CancellationToken cancellationToken
    ) => AuthenticateAsync(socket, expected, (stream, validate) => stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    // No name goes over the wire: the key is what is expected.
                    TargetHost = "",
                    ClientCertificateContext = identity.Certificate,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [Protocol],
                    AllowTlsResume = false,
                    AllowRenegotiation = false,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    CertificateChainPolicy = NoChain(),
                    RemoteCertificateValidationCallback = validate,
                },
                cancellationToken
            ));

    /// <summary>As the one who was dialled.</summary>
    /// <exception cref="TlsException">TLS has failed; the socket is disposed.</exception>
    public static Task<TlsChannel> AcceptAsync(
        Socket socket,
        PeerIdentity identity,
        CancellationToken cancellationToken
    ) => AuthenticateAsync(socket, expected: null, (stream, validate) => stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = identity.Certificate,
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [Protocol],
                    AllowTlsResume = false,
                    AllowRenegotiation = false,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    CertificateChainPolicy = NoChain(),
                    RemoteCertificateValidationCallback = validate,
                },
                cancellationToken
            ));

    /// <summary>Ends all that waits for this channel, at once.</summary>
    public void Abort() => _socket.Dispose();

    public void Dispose()
    {
        Stream.Dispose();
        _socket.Dispose();
    }

    private static async Task<TlsChannel> AuthenticateAsync(
        Socket socket,
        PeerId? expected,
        Func<SslStream, RemoteCertificateValidationCallback, Task> authenticate
    )
    {
        var bounded = new BoundedHandshakeStream(new NetworkStream(socket, ownsSocket: true), MaxHandshakeBytes);
        var stream = new SslStream(bounded);
        PeerId? shown = null;
        var outcome = TlsOutcome.Failed;
        try
        {
            await authenticate(stream, Validate);
            if (shown is not { } remote)
            {
                outcome = TlsOutcome.NoCertificate;
            }
            else if (stream.NegotiatedApplicationProtocol != Protocol)
            {
                outcome = TlsOutcome.NoProtocol;
            }
            else
            {
                bounded.Lift();
                return new TlsChannel(socket, stream, remote);
            }
        }
        catch (OperationCanceledException e)
        {
            await stream.DisposeAsync();
            throw new TlsException(TlsOutcome.TimedOut, e);
        }
        catch (Exception e)
        {
            // Whatever it is: a certificate can be made so that the platform throws what nobody thought of.
            await stream.DisposeAsync();
            throw new TlsException(bounded.IsExceeded ? TlsOutcome.TooLong : outcome, e);
        }

        await stream.DisposeAsync();
        throw new TlsException(outcome);

        bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (certificate is not X509Certificate2 certified)
            {
                outcome = TlsOutcome.NoCertificate;
                return false;
            }

            var key = certified.PublicKey.ExportSubjectPublicKeyInfo();
            if (!IdentityKey.IsWellFormed(key))
            {
                outcome = TlsOutcome.WrongKeyKind;
                return false;
            }

            shown = PeerId.FromPublicKey(key);
            if (expected is null || shown == expected)
            {
                return true;
            }

            outcome = TlsOutcome.WrongIdentity;
            return false;
        }
    }

    // What the platform finds out about the chain is ignored; this keeps it from asking anybody, or trusting anything.
    private static X509ChainPolicy NoChain() =>
        new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.AllFlags,
        };
}

/// <summary>How TLS ended. A closed set: it is a metric's tag.</summary>
internal enum TlsOutcome
{
    Failed,
    TimedOut,
    NoCertificate,

    /// <summary>The certificate has a key that is not one of P-256.</summary>
    WrongKeyKind,

    /// <summary>Another peer answered than was dialled.</summary>
    WrongIdentity,

    /// <summary>No application protocol was agreed on.</summary>
    NoProtocol,

    /// <summary>The handshake exceeded <see cref="TlsChannel.MaxHandshakeBytes"/>.</summary>
    TooLong,
}

/// <summary>TLS has failed.</summary>
internal sealed class TlsException(TlsOutcome outcome, Exception? cause = null)
    : Exception($"TLS has failed: {outcome}.", cause)
{
    public TlsOutcome Outcome { get; } = outcome;
}
