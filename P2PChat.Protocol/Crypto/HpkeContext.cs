using System.Buffers.Binary;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Crypto;

/// <summary>What both sides share after <see cref="Hpke"/> has set them up (RFC 9180, section 5.2): each text has the next number.</summary>
internal sealed class HpkeContext : IDisposable
{
    /// <summary>By how many bytes a ciphertext is longer than its text.</summary>
    public const int TagSize = 16;

    private readonly AesGcm _aead;
    private readonly byte[] _baseNonce;
    private ulong _sequence;

    /// <param name="key">Is overwritten.</param>
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

    /// <exception cref="CryptographicException">It was not sealed so, by one who has the same context, for the same associated bytes.</exception>
    public byte[] Open(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> sealedText)
    {
        if (sealedText.Length < TagSize)
        {
            throw new CryptographicException("A ciphertext is not shorter than its tag.");
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
