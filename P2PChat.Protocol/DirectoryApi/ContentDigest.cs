using System.Security.Cryptography;

namespace P2PChat.Protocol.DirectoryApi;

/// <summary>
/// The SHA-256 of a body or a file in HTTP headers (RFC 9530): <c>sha-256=:&lt;base64&gt;:</c>.
/// </summary>
public static class ContentDigest
{
    /// <summary>Header of an upload: the digest of its body.</summary>
    public const string Header = "Content-Digest";

    /// <summary>Header of a download: the digest of the whole file, also with a range of it.</summary>
    public const string ReprHeader = "Repr-Digest";

    private const string Prefix = "sha-256=:";
    private const string Suffix = ":";

    public static string Write(string base64) => Prefix + base64 + Suffix;

    /// <summary>Reads the SHA-256 from a header. Digests by other algorithms are skipped.</summary>
    /// <returns>The digest in canonical base64; null if there is none, or a malformed one.</returns>
    public static string? Read(string header)
    {
        ArgumentNullException.ThrowIfNull(header);
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries))
        {
            if (
                part.StartsWith(Prefix, StringComparison.Ordinal)
                && part.EndsWith(Suffix, StringComparison.Ordinal)
                && part.Length > Prefix.Length
            )
            {
                Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes + 1];
                var text = part.AsSpan()[Prefix.Length..^Suffix.Length];
                return
                    Convert.TryFromBase64Chars(text, digest, out var written)
                    && written == SHA256.HashSizeInBytes
                    && Convert.ToBase64String(digest[..written]) is var canonical
                    && text.SequenceEqual(canonical)
                    ? canonical
                    : null;
            }
        }

        return null;
    }
}
