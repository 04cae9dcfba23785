using System.Buffers.Text;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Discovery.Http;

/// <summary>Parses a <see cref="MailboxCapability"/> and its hash from their base64url text.</summary>
internal static class Capability
{
    private const int Length = 43;

    /// <returns>The capability's hash; null if the text is not a valid capability.</returns>
    public static string? HashOf(string written)
    {
        Span<byte> capability = stackalloc byte[MailboxCapability.Size];
        return TryRead(written, capability) ? MailboxCapability.HashOf(capability) : null;
    }

    /// <summary>Whether the text is a hash in canonical form, whose last character has no stray bits.</summary>
    public static bool IsHash(string written)
    {
        Span<byte> hash = stackalloc byte[MailboxCapability.Size];
        return TryRead(written, hash) && Base64Url.EncodeToString(hash) == written;
    }

    private static bool TryRead(string written, Span<byte> bytes) =>
        written.Length == Length
        && Base64Url.IsValid(written, out var size)
        && size == bytes.Length
        && Base64Url.TryDecodeFromChars(written, bytes, out var read)
        && read == bytes.Length;
}
