using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using P2PChat.Node.Model;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Identity;

/// <summary>
/// This peer's key, and the certificate that carries it through TLS. The certificate is made anew at each start, for
/// nobody looks at anything but its key.
/// </summary>
public sealed class PeerIdentity : IDisposable
{
    internal const string FileName = "identity.pem";

    // RFC 5280, section 4.1.2.5: no end is set. Peers look at the key alone, so the dates tell nobody anything.
    private static readonly DateTimeOffset NotBefore = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset NotAfter = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    private readonly ECDsa _key;
    private readonly Task<SslStreamCertificateContext> _certificate;

    private PeerIdentity(ECDsa key)
    {
        _key = key;
        _certificate = Task.Run(() =>
            SslStreamCertificateContext.Create(Certify(key), additionalCertificates: null, offline: true)
        );
        PeerId = PeerId.FromPublicKey(key.ExportSubjectPublicKeyInfo());
    }

    public PeerId PeerId { get; }

    /// <summary>
    /// For TLS, on either side. Nothing is fetched to complete it. Waits until it is made: that takes half of what opening a key
    /// does, and nobody needs it before the first connection.
    /// </summary>
    public SslStreamCertificateContext Certificate => _certificate.GetAwaiter().GetResult();

    /// <summary>A new one, kept in memory alone.</summary>
    public static PeerIdentity Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The one in the directory; a new one where there is none.</summary>
    /// <exception cref="PeerStartException">The file is damaged, or cannot be read or written. It is left as it is.</exception>
    public static PeerIdentity Open(DataDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (directory.Read(FileName) is { } pem)
        {
            return Load(pem, Path.Combine(directory.FullPath, FileName));
        }

        var identity = Create();
        try
        {
            directory.Write(FileName, identity._key.ExportPkcs8PrivateKeyPem() + "\n");
            return identity;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            identity.Dispose();
            throw DataDirectory.NotWritable(directory.FullPath, e);
        }
    }

    /// <inheritdoc cref="Envelope.Seal(IReadOnlyCollection{Frame}, ECDsa, PeerId, Prekey)"/>
    public byte[] Seal(IReadOnlyCollection<Frame> frames, PeerId recipient, Prekey prekey) =>
        Envelope.Seal(frames, _key, recipient, prekey);

    public SignedRecord Sign(PeerRecord record) => SignedRecord.Sign(record, _key);

    /// <returns>DER SubjectPublicKeyInfo.</returns>
    public byte[] PublicKey() => _key.ExportSubjectPublicKeyInfo();

    public void Dispose()
    {
        try
        {
            Certificate.TargetCertificate.Dispose();
        }
        finally
        {
            _key.Dispose();
        }
    }

    private static X509Certificate2 Certify(ECDsa key) =>
        UsableByTls(
            new CertificateRequest("CN=P2PChat peer", key, HashAlgorithmName.SHA256).CreateSelfSigned(
                NotBefore,
                NotAfter
            )
        );

    // Windows does TLS only with a key that its store holds, and PKCS #12 is the way into it. Linux does without, and starts sooner.
    private static X509Certificate2 UsableByTls(X509Certificate2 made)
    {
        if (OperatingSystem.IsLinux())
        {
            return made;
        }

        using (made)
        {
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
    }

    private static PeerIdentity Load(string pem, string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            // The public half alone can be read as well, and signs nothing.
            _ = key.ExportParameters(includePrivateParameters: true);
            if (IdentityKey.IsWellFormed(key.ExportSubjectPublicKeyInfo()))
            {
                return new PeerIdentity(key);
            }
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw Damaged(file, e);
        }

        key.Dispose();
        throw Damaged(file, null);
    }

    private static PeerStartException Damaged(string file, Exception? cause) =>
        new(
            $"{file} holds no P-256 key: restore it from a backup, or move it away to begin with a new identity.",
            cause
        );
}
