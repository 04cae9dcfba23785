using System.Security.Cryptography;

namespace P2PChat.Protocol.Identity;

/// <summary>A peer's key: ECDSA on P-256 (FIPS 186-5; secp256r1 in SEC 2).</summary>
public static class IdentityKey
{
    /// <summary>
    /// Length in bytes of the DER SubjectPublicKeyInfo of an uncompressed P-256 key with a named curve.
    /// </summary>
    public const int PublicKeySize = 91;

    /// <summary>Length in bytes of a signature: r and s, 32 bytes each (IEEE P1363).</summary>
    public const int SignatureSize = 64;

    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING 04 … } (RFC 5480, section 2).
    private static ReadOnlySpan<byte> Prefix =>
        [
            0x30,
            0x59,
            0x30,
            0x13,
            0x06,
            0x07,
            0x2A,
            0x86,
            0x48,
            0xCE,
            0x3D,
            0x02,
            0x01,
            0x06,
            0x08,
            0x2A,
            0x86,
            0x48,
            0xCE,
            0x3D,
            0x03,
            0x01,
            0x07,
            0x03,
            0x42,
            0x00,
            0x04,
        ];

    /// <summary>
    /// Whether the bytes are the accepted encoding of a P-256 public key. There is only one, because the PeerId is a
    /// hash of these bytes. Does not check that the point is on the curve; <see cref="Verify"/> does.
    /// </summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        subjectPublicKeyInfo.Length == PublicKeySize && subjectPublicKeyInfo.StartsWith(Prefix);

    /// <summary>Verifies an ECDSA signature with SHA-256.</summary>
    /// <returns>False for a wrong signature or a key that is not on the curve.</returns>
    public static bool Verify(
        ReadOnlySpan<byte> subjectPublicKeyInfo,
        ReadOnlySpan<byte> data,
        ReadOnlySpan<byte> signature
    )
    {
        if (!IsWellFormed(subjectPublicKeyInfo) || signature.Length != SignatureSize)
        {
            return false;
        }

        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Signs by ECDSA with SHA-256.</summary>
    /// <param name="key">A P-256 private key.</param>
    public static byte[] Sign(ECDsa key, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
