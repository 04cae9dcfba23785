using System.Security.Cryptography;
using P2PChat.Protocol.Crypto;

namespace P2PChat.Tests.Protocol;

public sealed class SealedFileTests
{
    private const int Chunk = SealedFile.ChunkSize;
    private const int SealedChunk = Chunk + ChunkCipher.TagSize;

    private readonly byte[] _key = SealedFile.NewKey();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData(3 * Chunk)]
    public async Task Sealed_file_opens_to_the_same_bytes(int size)
    {
        var plain = RandomNumberGenerator.GetBytes(size);

        var (bytes, info) = await SealAsync(plain);

        Assert.Equal(SealedFile.SizeOf(size), info.Size);
        Assert.Equal(bytes.Length, info.Size);
        Assert.Equal(SHA256.HashData(bytes), info.Digest.ToArray());
        Assert.Equal(plain, await OpenAsync(bytes, _key));
    }

    [Fact]
    public void Sealed_size_tells_the_plain_one()
    {
        foreach (var size in new long[] { 0, 1, 4095, Chunk - 1, Chunk, Chunk + 1, SealedFile.MaxPlainSize, 1L << 40 })
        {
            Assert.Equal(size, SealedFile.PlainSizeOf(SealedFile.SizeOf(size)));
        }
    }

    [Fact]
    public async Task Stream_that_returns_single_bytes_gives_the_same_result()
    {
        var plain = RandomNumberGenerator.GetBytes(Chunk + 100);
        var (bytes, _) = await SealAsync(plain);

        using var output = new MemoryStream();
        await SealedFile.SealAsync(new Trickle(plain), output, _key, CancellationToken.None);
        Assert.Equal(bytes, output.ToArray());
        using var opened = new MemoryStream();
        Assert.Equal(
            plain.Length,
            await SealedFile.OpenAsync(new Trickle(bytes), opened, _key, CancellationToken.None)
        );
        Assert.Equal(plain, opened.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(SealedChunk - 1)]
    [InlineData(SealedChunk)]
    [InlineData(SealedChunk + 16)]
    [InlineData((2 * SealedChunk) + 99)]
    public async Task Truncated_file_is_refused(int length)
    {
        var (bytes, _) = await SealAsync(RandomNumberGenerator.GetBytes((2 * Chunk) + 100));

        await RefusedAsync(bytes[..length]);
    }

    [Fact]
    public async Task Reordered_repeated_or_omitted_chunks_are_refused()
    {
        var (bytes, _) = await SealAsync(RandomNumberGenerator.GetBytes(3 * Chunk));
        var chunks = bytes.Chunk(SealedChunk).ToArray();

        await RefusedAsync([.. chunks[1], .. chunks[0], .. chunks[2]]);
        await RefusedAsync([.. chunks[0], .. chunks[0], .. chunks[1], .. chunks[2]]);
        await RefusedAsync([.. chunks[0], .. chunks[2]]);
        await RefusedAsync([.. bytes, .. chunks[2]]);
        await RefusedAsync([.. bytes, 0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Chunk + 3)]
    [InlineData((2 * SealedChunk) - 1)]
    public async Task Changed_bit_is_refused(int position)
    {
        var (bytes, _) = await SealAsync(RandomNumberGenerator.GetBytes(2 * Chunk));

        bytes[position] ^= 1;

        await RefusedAsync(bytes);
    }

    [Fact]
    public async Task Wrong_key_is_refused_and_writes_nothing()
    {
        var (bytes, _) = await SealAsync(RandomNumberGenerator.GetBytes(Chunk));
        using var output = new MemoryStream();

        await Assert.ThrowsAsync<SealedFileException>(() =>
            SealedFile.OpenAsync(new MemoryStream(bytes), output, SealedFile.NewKey(), CancellationToken.None)
        );
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public async Task File_has_only_one_sealed_form()
    {
        // A full chunk that is not the last, and an empty last one.
        using var cipher = new ChunkCipher(_key, [.. "p2pchat-file-v1"u8]);
        var bytes = new byte[SealedChunk + ChunkCipher.TagSize];
        cipher.Seal(new byte[Chunk], bytes, isLast: false);
        cipher.Seal([], bytes.AsSpan(SealedChunk), isLast: true);

        await RefusedAsync(bytes);
    }

    [Fact]
    public async Task Cancelled_seal_ends()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            SealedFile.SealAsync(new MemoryStream(new byte[10]), new MemoryStream(), _key, cancellation.Token)
        );
    }

    private async Task<(byte[] Bytes, SealedFileInfo Info)> SealAsync(byte[] plain)
    {
        using var output = new MemoryStream();
        var info = await SealedFile.SealAsync(new MemoryStream(plain), output, _key, CancellationToken.None);
        return (output.ToArray(), info);
    }

    private static async Task<byte[]> OpenAsync(byte[] bytes, byte[] key)
    {
        using var output = new MemoryStream();
        _ = await SealedFile.OpenAsync(new MemoryStream(bytes), output, key, CancellationToken.None);
        return output.ToArray();
    }

    private Task<SealedFileException> RefusedAsync(byte[] bytes) =>
        Assert.ThrowsAsync<SealedFileException>(() => OpenAsync(bytes, _key));

    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
