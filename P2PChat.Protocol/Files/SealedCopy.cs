using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Protocol.Crypto;
using WireCopy = P2PChat.Protocol.Wire.Content.Types.SealedCopy;

namespace P2PChat.Protocol.Files;

/// <summary>
/// Where an offered file waits at the directory, sealed, while its receiver is away (docs/protocol.md, section 24.3).
/// </summary>
/// <param name="Id">Its random id there.</param>
/// <param name="Key">The key of the <see cref="SealedFile"/>.</param>
/// <param name="Digest">SHA-256 of the sealed file.</param>
public sealed record SealedCopy(ReadOnlyMemory<byte> Id, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Digest)
{
    /// <summary>Length of an id in bytes.</summary>
    public const int IdSize = 16;

    /// <summary>The id as the directory's calls have it.</summary>
    public string IdAtDirectory => Convert.ToHexStringLower(Id.Span);

    /// <summary>Returns a copy with another random id and key, whose digest is not known yet.</summary>
    public static SealedCopy New() => new(RandomNumberGenerator.GetBytes(IdSize), SealedFile.NewKey(), default);

    public bool Equals(SealedCopy? other) =>
        other is not null
        && Id.Span.SequenceEqual(other.Id.Span)
        && Key.Span.SequenceEqual(other.Key.Span)
        && Digest.Span.SequenceEqual(other.Digest.Span);

    public override int GetHashCode() => IdAtDirectory.GetHashCode(StringComparison.Ordinal);

    /// <summary>The key is not for logs.</summary>
    public override string ToString() => IdAtDirectory;

    /// <summary>Reads the copy of an offer from another peer.</summary>
    /// <returns>Null if there is none, or it is invalid. The file then waits at its sender.</returns>
    internal static SealedCopy? TryFrom(WireCopy? copy, ulong size) =>
        copy is not null
        && size <= SealedFile.MaxPlainSize
        && (copy.Id.Length, copy.Key.Length, copy.Digest.Length) == (IdSize, SealedFile.KeySize, SHA256.HashSizeInBytes)
            ? new SealedCopy(copy.Id.Memory, copy.Key.Memory, copy.Digest.Memory)
            : null;

    internal WireCopy ToWire() =>
        new()
        {
            Id = UnsafeByteOperations.UnsafeWrap(Id),
            Key = UnsafeByteOperations.UnsafeWrap(Key),
            Digest = UnsafeByteOperations.UnsafeWrap(Digest),
        };
}
