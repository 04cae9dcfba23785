using System.Security.Cryptography;
using P2PChat.Protocol.Crypto;

namespace P2PChat.Tests.Vectors;

/// <summary>Tests sealed files with docs/vectors/sealed-files.json, which another implementation has made.</summary>
public sealed class SealedFileVectorTests
{
    private static readonly Vectors All = VectorFile.Read<Vectors>("sealed-files.json");

    public sealed record Vectors(IReadOnlyList<Valid> Valid, IReadOnlyList<Invalid> Invalid);

    /// <param name="Byte">The file consists of this byte, repeated.</param>
    public sealed record Valid(
        string Name,
        string Key,
        string Byte,
        int Size,
        long SealedSize,
        string Digest,
        string? Sealed = null
    );

    public sealed record Invalid(string Name, string Key, string Sealed);

    [Fact]
    public async Task Valid_files_are_sealed_and_opened()
    {
        foreach (var vector in All.Valid)
        {
            var plain = new byte[vector.Size];
            Array.Fill(plain, Convert.FromHexString(vector.Byte)[0]);
            var key = Convert.FromHexString(vector.Key);
            using var output = new MemoryStream();
            var info = await SealedFile.SealAsync(new MemoryStream(plain), output, key, CancellationToken.None);

            Assert.Equal(vector.SealedSize, info.Size);
            Assert.Equal(vector.Digest, Convert.ToHexStringLower(info.Digest.Span));
            Assert.Equal(vector.Digest, Convert.ToHexStringLower(SHA256.HashData(output.ToArray())));
            Assert.Equal(
                vector.Sealed ?? Convert.ToHexStringLower(output.ToArray()),
                Convert.ToHexStringLower(output.ToArray())
            );
            output.Position = 0;
            using var opened = new MemoryStream();
            _ = await SealedFile.OpenAsync(output, opened, key, CancellationToken.None);
            Assert.Equal(plain, opened.ToArray());
        }
    }

    [Fact]
    public async Task Invalid_files_are_refused()
    {
        foreach (var vector in All.Invalid)
        {
            using var bytes = new MemoryStream(Convert.FromHexString(vector.Sealed));
            await Assert.ThrowsAsync<SealedFileException>(() =>
                SealedFile.OpenAsync(bytes, Stream.Null, Convert.FromHexString(vector.Key), CancellationToken.None)
            );
        }
    }
}
