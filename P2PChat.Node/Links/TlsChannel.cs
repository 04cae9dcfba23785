using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Links;

/// <summary>
/// A transport with mutual TLS 1.3. Both sides have proved a P-256 key; everything else in a certificate is ignored.
/// See docs/protocol.md, section 4.
/// </summary>
internal sealed class TlsChannel : IDisposable, IAsyncDisposable
{
    public static readonly SslApplicationProtocol Protocol = new("p2pchat/1");

    /// <summary>
    /// Limit on bytes received before the handshake is complete. A handshake of this protocol takes about 1 KiB in each
    /// direction, and 1.2 KiB more with a post-quantum key share.
    /// </summary>
    public const int MaxHandshakeBytes = 8 * 1024;

    private readonly ChannelTransport _transport;

    private TlsChannel(ChannelTransport transport, TlsRole role, SslStream stream, PeerId remote)
    {
        _transport = transport;
        Role = role;
        Stream = stream;
        Remote = remote;
    }

    public SslStream Stream { get; }

    public PeerId Remote { get; }

    /// <summary>This side's role.</summary>
    public TlsRole Role { get; }

    /// <summary>How the channel travels, as this side knows it.</summary>
    public PathKind Path => _transport.Path;

    /// <summary>This side's address; null for a relayed channel, and once the socket is closed.</summary>
    public IPAddress? LocalAddress => _transport.LocalAddress;

    /// <summary>Authenticates both sides.</summary>
    /// <param name="expected">The only peer that is accepted; null for any, which only the server may do.</param>
    /// <exception cref="TlsException">TLS failed; the transport is closed.</exception>
    public static async Task<TlsChannel> AuthenticateAsync(
        ChannelTransport transport,
        TlsRole role,
        PeerIdentity identity,
        PeerId? expected,
        CancellationToken cancellationToken
    )
    {
        if (role == TlsRole.Client && expected is null)
        {
            throw new ArgumentNullException(nameof(expected));
        }

        var bounded = new BoundedHandshakeStream(transport.Stream, MaxHandshakeBytes);
        var stream = new SslStream(bounded);
        PeerId? shown = null;
        var outcome = TlsOutcome.Failed;
        try
        {
            await (
                role == TlsRole.Client
                    ? stream.AuthenticateAsClientAsync(ClientOptions(identity, Validate), cancellationToken)
                    : stream.AuthenticateAsServerAsync(ServerOptions(identity, Validate), cancellationToken)
            );
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
                return new TlsChannel(transport, role, stream, remote);
            }
        }
        catch (OperationCanceledException exception)
        {
            await stream.DisposeAsync();
            throw new TlsException(TlsOutcome.TimedOut, exception);
        }
        catch (Exception exception)
        {
            // Catch everything: a crafted certificate can make the platform throw unexpected exceptions.
            await stream.DisposeAsync();
            throw new TlsException(bounded.IsExceeded ? TlsOutcome.TooLong : outcome, exception);
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

    /// <summary>Whether an exception comes from the network or the other side, not from a bug.</summary>
    public static bool IsNetworkFailure(Exception exception) =>
        exception
            is IOException
                or SocketException
                or ObjectDisposedException
                or OperationCanceledException
                or AuthenticationException;

    /// <summary>Closes the transport. Pending reads and writes fail at once.</summary>
    public void Abort() => _transport.Abort();

    public void Dispose()
    {
        Stream.Dispose();
        _transport.Abort();
    }

    /// <summary>Closes the transport gracefully, if its stream can tell the other side.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        _transport.Abort();
    }

    private static SslClientAuthenticationOptions ClientOptions(
        PeerIdentity identity,
        RemoteCertificateValidationCallback validate
    ) =>
        new()
        {
            // Send no server name, because the key identifies the peer.
            TargetHost = "",
            ClientCertificateContext = identity.Certificate,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [Protocol],
            AllowTlsResume = false,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = NoChain(),
            RemoteCertificateValidationCallback = validate,
        };

    private static SslServerAuthenticationOptions ServerOptions(
        PeerIdentity identity,
        RemoteCertificateValidationCallback validate
    ) =>
        new()
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
        };

    // The platform's result for the chain is ignored. This policy keeps it from downloading or trusting anything.
    private static X509ChainPolicy NoChain() =>
        new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.AllFlags,
        };
}

/// <summary>Result of a TLS handshake. The names become values of a metric's tag.</summary>
internal enum TlsOutcome
{
    Failed,
    TimedOut,
    NoCertificate,

    /// <summary>The certificate's key is not a P-256 key.</summary>
    WrongKeyKind,

    /// <summary>The peer that answered is not the one that was dialled.</summary>
    WrongIdentity,

    /// <summary>The two sides agreed on no application protocol (ALPN).</summary>
    NoProtocol,

    /// <summary>The handshake exceeded <see cref="TlsChannel.MaxHandshakeBytes"/>.</summary>
    TooLong,
}

/// <summary>TLS failed.</summary>
internal sealed class TlsException(TlsOutcome outcome, Exception? cause = null)
    : Exception($"TLS failed: {outcome}.", cause)
{
    public TlsOutcome Outcome { get; } = outcome;
}
