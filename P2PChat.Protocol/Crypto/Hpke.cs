using System.Buffers.Binary;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Crypto;

/// <summary>
/// Hybrid public key encryption (RFC 9180) in base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. Tested
/// with the vectors of appendix A.3.1.
/// </summary>
internal static class Hpke
{
    /// <summary>Length in bytes of the encapsulated key, which is the sender's ephemeral public key.</summary>
    public const int EncapsulatedKeySize = P256Point.Size;

    private const int SecretSize = 32;
    private const int KeySize = 16;
    private const int NonceSize = 12;
    private const byte ModeBase = 0;

    // "KEM" and kem_id (section 4.1); "HPKE" and kem_id, kdf_id, aead_id (section 5.1).
    private static ReadOnlySpan<byte> KemSuite => [(byte)'K', (byte)'E', (byte)'M', 0x00, 0x10];

    private static ReadOnlySpan<byte> HpkeSuite =>
        [(byte)'H', (byte)'P', (byte)'K', (byte)'E', 0x00, 0x10, 0x00, 0x01, 0x00, 0x01];

    /// <summary>Sets up encryption to a public key.</summary>
    /// <param name="recipient">The recipient's public point.</param>
    /// <param name="info">Application data that both sides must agree on.</param>
    /// <param name="encapsulatedKey">To be sent to the recipient.</param>
    /// <exception cref="CryptographicException"><paramref name="recipient"/> is not a point of P-256.</exception>
    public static HpkeContext SetUpSender(
        ReadOnlySpan<byte> recipient,
        ReadOnlySpan<byte> info,
        out byte[] encapsulatedKey
    )
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return SetUpSender(recipient, info, ephemeral, out encapsulatedKey);
    }

    /// <summary>Uses the given ephemeral key, for vectors. Reusing one reveals both plaintexts.</summary>
    public static HpkeContext SetUpSender(
        ReadOnlySpan<byte> recipient,
        ReadOnlySpan<byte> info,
        ECDiffieHellman ephemeral,
        out byte[] encapsulatedKey
    )
    {
        using var recipientKey = P256Point.Import(recipient);
        encapsulatedKey = P256Point.Export(ephemeral);
        return SetUp(ephemeral, recipientKey, encapsulatedKey, recipient, info);
    }

    /// <summary>Sets up decryption.</summary>
    /// <exception cref="CryptographicException">The encapsulated key is not a point of P-256.</exception>
    public static HpkeContext SetUpRecipient(
        ReadOnlySpan<byte> encapsulatedKey,
        ECDiffieHellman recipient,
        ReadOnlySpan<byte> info
    )
    {
        using var ephemeral = P256Point.Import(encapsulatedKey);
        return SetUp(recipient, ephemeral, encapsulatedKey, P256Point.Export(recipient), info);
    }

    // Encap and Decap (section 4.1), which differ only in which private key each side has.
    private static HpkeContext SetUp(
        ECDiffieHellman own,
        ECDiffieHellman other,
        ReadOnlySpan<byte> encapsulatedKey,
        ReadOnlySpan<byte> recipient,
        ReadOnlySpan<byte> info
    )
    {
        using var otherPublic = other.PublicKey;
        var agreed = own.DeriveRawSecretAgreement(otherPublic);
        var extracted = LabeledExtract(KemSuite, [], "eae_prk"u8, agreed);
        var sharedSecret = LabeledExpand(
            KemSuite,
            extracted,
            "shared_secret"u8,
            [.. encapsulatedKey, .. recipient],
            SecretSize
        );
        var context = Schedule(sharedSecret, info);
        CryptographicOperations.ZeroMemory(agreed);
        CryptographicOperations.ZeroMemory(extracted);
        CryptographicOperations.ZeroMemory(sharedSecret);
        return context;
    }

    // KeySchedule (section 5.1) without a pre-shared key.
    private static HpkeContext Schedule(ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> info)
    {
        byte[] context =
        [
            ModeBase,
            .. LabeledExtract(HpkeSuite, [], "psk_id_hash"u8, []),
            .. LabeledExtract(HpkeSuite, [], "info_hash"u8, info),
        ];
        var secret = LabeledExtract(HpkeSuite, sharedSecret, "secret"u8, []);
        var key = LabeledExpand(HpkeSuite, secret, "key"u8, context, KeySize);
        var nonce = LabeledExpand(HpkeSuite, secret, "base_nonce"u8, context, NonceSize);
        CryptographicOperations.ZeroMemory(secret);
        return new HpkeContext(key, nonce);
    }

    private static byte[] LabeledExtract(
        ReadOnlySpan<byte> suite,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> input
    )
    {
        byte[] labeled = [.. "HPKE-v1"u8, .. suite, .. label, .. input];
        var extracted = new byte[SecretSize];
        _ = HKDF.Extract(HashAlgorithmName.SHA256, labeled, salt, extracted);
        CryptographicOperations.ZeroMemory(labeled);
        return extracted;
    }

    private static byte[] LabeledExpand(
        ReadOnlySpan<byte> suite,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> info,
        int length
    )
    {
        Span<byte> prefix = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)length);
        byte[] labeled = [.. prefix, .. "HPKE-v1"u8, .. suite, .. label, .. info];
        var expanded = new byte[length];
        HKDF.Expand(HashAlgorithmName.SHA256, secret, expanded, labeled);
        return expanded;
    }
}
