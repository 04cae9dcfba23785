using System.Buffers.Text;
using System.Security.Cryptography;

namespace P2PChat.Discovery.Mailbox;

/// <summary>
/// What lets one in to leave mail: 32 random bytes that a mailbox's owner gave to one contact. The directory keeps their
/// SHA-256 only, and so cannot leave mail itself.
/// </summary>
internal static class Capability
{
    public const string Header = "X-P2PChat-Capability";

    private const int Size = 32;
    private const int Length = 43;

    /// <returns>SHA-256 in base64url; null for what is no capability.</returns>
    public static string? HashOf(string written)
    {
        Span<byte> capability = stackalloc byte[Size];
        return TryRead(written, capability) ? Base64Url.EncodeToString(SHA256.HashData(capability)) : null;
    }

    /// <summary>Whether the text is a hash as <see cref="HashOf"/> writes it; the last character has but one form.</summary>
    public static bool IsHash(string written)
    {
        Span<byte> hash = stackalloc byte[Size];
        return TryRead(written, hash) && Base64Url.EncodeToString(hash) == written;
    }

    private static bool TryRead(string written, Span<byte> bytes) =>
        written.Length == Length && Base64Url.IsValid(written, out var size) && size == Size
        && Base64Url.TryDecodeFromChars(written, bytes, out var read) && read == Size;
}
