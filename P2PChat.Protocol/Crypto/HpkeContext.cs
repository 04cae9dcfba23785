using System.Buffers.Binary;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Crypto;

/// <summary>
/// Encrypts and decrypts a sequence of texts after <see cref="Hpke"/>'s setup (RFC 9180, section 5.2).
/// </summary>
internal sealed class HpkeContext : IDisposable
{
    /// <summary>Size of a ciphertext minus the size of its plaintext, in bytes.</summary>
    public const int TagSize = 16;

    private readonly AesGcm _aead;
    private readonly byte[] _baseNonce;
    private ulong _sequence;

    /// <param name="key">Is overwritten with zeros.</param>
    internal HpkeContext(byte[] key, byte[] baseNonce)
    {
        _aead = new AesGcm(key, TagSize);
        _baseNonce = baseNonce;
        CryptographicOperations.ZeroMemory(key);
    }

    public byte[] Seal(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> text)
    {
        var sealedText = new byte[text.Length + TagSize];
        _aead.Encrypt(Nonce(), text, sealedText.AsSpan(0, text.Length), sealedText.AsSpan(text.Length), associated);
        _sequence++;
        return sealedText;
    }

    /// <exception cref="CryptographicException">
    /// The ciphertext, the associated data or the context does not match.
    /// </exception>
    public byte[] Open(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> sealedText)
    {
        if (sealedText.Length < TagSize)
        {
            throw new CryptographicException("The ciphertext is too short.");
        }

        var text = new byte[sealedText.Length - TagSize];
        _aead.Decrypt(Nonce(), sealedText[..text.Length], sealedText[text.Length..], text, associated);
        _sequence++;
        return text;
    }

    public void Dispose() => _aead.Dispose();

    private byte[] Nonce()
    {
        var nonce = _baseNonce.ToArray();
        var last = nonce.AsSpan(nonce.Length - sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(last, BinaryPrimitives.ReadUInt64BigEndian(last) ^ _sequence);
        return nonce;
    }
}
