using System.Buffers.Text;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Discovery.Mailbox;

/// <summary>Reads a <see cref="MailboxCapability"/>, and its hash, as callers write them.</summary>
internal static class Capability
{
    private const int Length = 43;

    /// <returns>Its hash; null for what is no capability.</returns>
    public static string? HashOf(string written)
    {
        Span<byte> capability = stackalloc byte[MailboxCapability.Size];
        return TryRead(written, capability) ? MailboxCapability.HashOf(capability) : null;
    }

    /// <summary>Whether the text is such a hash; the last character has but one form.</summary>
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
