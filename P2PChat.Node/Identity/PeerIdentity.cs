using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using P2PChat.Node.Model;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Identity;

/// <summary>
/// This peer's key, and a certificate that carries it in TLS. The certificate is made at each start, because peers
/// check its key only.
/// </summary>
public sealed class PeerIdentity : IDisposable
{
    internal const string FileName = "identity.pem";

    // RFC 5280, section 4.1.2.5: no end is set. Peers ignore the dates.
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
    /// The certificate for TLS, on either side. Nothing is fetched to complete it. It is made in the background; the
    /// first use waits for it.
    /// </summary>
    public SslStreamCertificateContext Certificate => _certificate.GetAwaiter().GetResult();

    /// <summary>Creates an identity in memory.</summary>
    public static PeerIdentity Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Loads the identity of a data directory, and creates one if there is none.</summary>
    /// <exception cref="PeerStartException">
    /// The file is damaged, or cannot be read or written. It is left unchanged.
    /// </exception>
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
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            identity.Dispose();
            throw DataDirectory.NotWritable(directory.FullPath, exception);
        }
    }

    /// <inheritdoc cref="Envelope.Seal(IReadOnlyCollection{Frame}, ECDsa, PeerId, Prekey)"/>
    public byte[] Seal(IReadOnlyCollection<Frame> frames, PeerId recipient, Prekey prekey) =>
        Envelope.Seal(frames, _key, recipient, prekey);

    public SignedRecord Sign(PeerRecord record) => SignedRecord.Sign(record, _key);

    public SignedPath Sign(PathRequest request) => SignedPath.Sign(request, _key);

    public SignedPath Sign(PathAnswer answer) => SignedPath.Sign(answer, _key);

    /// <summary>Makes the first event of a new room.</summary>
    internal RoomEvent CreateRoom(string name, int history, Username self) =>
        RoomMachine.Create(_key, name, history, RandomNumberGenerator.GetBytes(16), self.Value);

    /// <summary>Starts this peer's side of a room, which signs with this key.</summary>
    internal RoomMachine OpenRoom(RoomSnapshot snapshot) => new(_key, snapshot);

    /// <summary>Exports the public key as DER SubjectPublicKeyInfo.</summary>
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

    // TLS on Windows needs a key in its key store, and PKCS #12 gets it there. Linux does not, and starts sooner
    // without.
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
            // A public key can be imported too, but not used for signing.
            _ = key.ExportParameters(includePrivateParameters: true);
            if (IdentityKey.IsWellFormed(key.ExportSubjectPublicKeyInfo()))
            {
                return new PeerIdentity(key);
            }
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw Damaged(file, exception);
        }

        key.Dispose();
        throw Damaged(file, null);
    }

    private static PeerStartException Damaged(string file, Exception? cause) =>
        new(
            $"{file} does not hold a P-256 key. Restore it from a backup, or move it away to begin with a new "
                + "identity.",
            cause
        );
}
