using System.Security.Cryptography;

namespace P2PChat.Protocol.Crypto;

/// <summary>A sealed file: its size in bytes, and the SHA-256 of these bytes.</summary>
public readonly record struct SealedFileInfo(long Size, ReadOnlyMemory<byte> Digest);

/// <summary>A sealed file that was changed or truncated, or another key than its own.</summary>
public sealed class SealedFileException()
    : Exception("The file is truncated or was changed, or this is not its key. Ask for the file again.");

/// <summary>
/// Encrypts a file in chunks of 64 KiB under a key of its own, as <c>docs/protocol.md</c>, section 24, describes.
/// Memory is constant.
/// </summary>
public static class SealedFile
{
    /// <summary>Length of a key in bytes.</summary>
    public const int KeySize = 32;

    /// <summary>Plaintext of a chunk, in bytes. Only the last one is shorter.</summary>
    public const int ChunkSize = 64 * 1024;

    /// <summary>Maximum size of a file that a directory stores, in bytes, before it is sealed.</summary>
    public const long MaxPlainSize = 8 * 1024 * 1024;

    private static readonly byte[] Context = [.. "p2pchat-file-v1"u8];

    /// <summary>Maximum size of a sealed file, in bytes.</summary>
    public static long MaxSize { get; } = SizeOf(MaxPlainSize);

    /// <summary>
    /// Returns a new key. A file that may have changed since an earlier attempt needs a new one: two plaintexts under
    /// one key reveal each other.
    /// </summary>
    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(KeySize);

    /// <summary>Size in bytes of a sealed file. An empty one is a chunk too.</summary>
    public static long SizeOf(long plainSize) =>
        plainSize + (Math.Max(1, (plainSize + ChunkSize - 1) / ChunkSize) * ChunkCipher.TagSize);

    /// <summary>Size in bytes of a file before it was sealed.</summary>
    public static long PlainSizeOf(long sealedSize)
    {
        const long Whole = ChunkSize + ChunkCipher.TagSize;
        return Math.Max(0, sealedSize - ((sealedSize + Whole - 1) / Whole * ChunkCipher.TagSize));
    }

    /// <summary>Encrypts a stream up to its end.</summary>
    /// <exception cref="IOException">A stream failed. What was written is not a sealed file.</exception>
    public static async Task<SealedFileInfo> SealAsync(
        Stream plain,
        Stream output,
        byte[] key,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(plain);
        ArgumentNullException.ThrowIfNull(output);
        using var cipher = new ChunkCipher(key, Context);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // One byte more than a chunk, which shows whether another follows.
        var buffer = new byte[ChunkSize + 1];
        var chunk = new byte[ChunkSize + ChunkCipher.TagSize];
        long size = 0;
        try
        {
            for (var ahead = 0; ; ahead = 1)
            {
                var read = ahead + await FillAsync(plain, buffer.AsMemory(ahead), cancellationToken);
                var isLast = read <= ChunkSize;
                var length = Math.Min(read, ChunkSize);
                cipher.Seal(buffer.AsSpan(0, length), chunk, isLast);
                var written = chunk.AsMemory(0, length + ChunkCipher.TagSize);
                hash.AppendData(written.Span);
                await output.WriteAsync(written, cancellationToken);
                size += written.Length;
                if (isLast)
                {
                    return new SealedFileInfo(size, hash.GetHashAndReset());
                }

                buffer[0] = buffer[ChunkSize];
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>
    /// Decrypts a stream up to its end. Only authenticated bytes are written, but they are the whole file only when
    /// this returns: until then, keep them under a temporary name.
    /// </summary>
    /// <returns>Size of the file in bytes.</returns>
    /// <exception cref="SealedFileException">It was changed or truncated, or has another key.</exception>
    /// <exception cref="IOException">A stream failed.</exception>
    public static async Task<long> OpenAsync(
        Stream input,
        Stream plain,
        byte[] key,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(plain);
        using var cipher = new ChunkCipher(key, Context);
        const int Whole = ChunkSize + ChunkCipher.TagSize;
        var buffer = new byte[Whole + 1];
        var chunk = new byte[ChunkSize];
        long size = 0;
        try
        {
            for (var ahead = 0; ; ahead = 1)
            {
                var read = ahead + await FillAsync(input, buffer.AsMemory(ahead), cancellationToken);
                var isLast = read <= Whole;
                var length = Math.Min(read, Whole) - ChunkCipher.TagSize;
                // Only an empty file has an empty chunk. Otherwise one file would have two sealed forms.
                if (
                    (length == 0 && size > 0) || !cipher.TryOpen(buffer.AsSpan(0, Math.Min(read, Whole)), chunk, isLast)
                )
                {
                    throw new SealedFileException();
                }

                await plain.WriteAsync(chunk.AsMemory(0, length), cancellationToken);
                size += length;
                if (isLast)
                {
                    return size;
                }

                buffer[0] = buffer[Whole];
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(chunk);
        }
    }

    private static async ValueTask<int> FillAsync(
        Stream stream,
        Memory<byte> buffer,
        CancellationToken cancellationToken
    ) => await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
}
