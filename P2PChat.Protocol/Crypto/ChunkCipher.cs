using System.Buffers.Binary;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Crypto;

/// <summary>
/// Encrypts or decrypts the chunks of one stream in order with AES-256-GCM (STREAM: Hoang, Reyhanitabar, Rogaway and
/// Vizár 2015). Chunks cannot be omitted, reordered, repeated or truncated. One instance does one of the two.
/// </summary>
/// <remarks>
/// The nonce has 7 zero bytes, the chunk's number, and 1 for the last chunk. Zeros suffice, because each stream must
/// have its own key.
/// </remarks>
/// <param name="key">32 random bytes, used for one stream only.</param>
/// <param name="associated">The associated data of each chunk.</param>
public sealed class ChunkCipher(byte[] key, byte[] associated) : IDisposable
{
    /// <summary>By how many bytes a chunk grows.</summary>
    public const int TagSize = 16;

    private const int NonceSize = 12;

    private readonly AesGcm _cipher = new(key, TagSize);
    private uint _number;

    /// <summary>Encrypts the next chunk.</summary>
    /// <param name="plain">The chunk.</param>
    /// <param name="output">Receives it with its tag: <see cref="TagSize"/> bytes more.</param>
    /// <param name="isLast">Whether it is the last one.</param>
    public void Seal(ReadOnlySpan<byte> plain, Span<byte> output, bool isLast)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Next(nonce, isLast);
        _cipher.Encrypt(nonce, plain, output[..plain.Length], output.Slice(plain.Length, TagSize), associated);
    }

    /// <summary>Decrypts the next chunk.</summary>
    /// <param name="input">The chunk with its tag.</param>
    /// <param name="plain">Receives it: <see cref="TagSize"/> bytes less.</param>
    /// <param name="isLast">Whether it is the last one.</param>
    /// <returns>False if it was changed, or is not the chunk that belongs here.</returns>
    public bool TryOpen(ReadOnlySpan<byte> input, Span<byte> plain, bool isLast)
    {
        var length = input.Length - TagSize;
        if (length < 0)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceSize];
        Next(nonce, isLast);
        try
        {
            _cipher.Decrypt(nonce, input[..length], input[length..], plain[..length], associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();

    private void Next(Span<byte> nonce, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(nonce[7..], _number);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
        // A number must never return under the same key.
        _number = checked(_number + 1);
    }
}
