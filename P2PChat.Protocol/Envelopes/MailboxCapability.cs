using System.Buffers.Text;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Envelopes;

/// <summary>
/// Permission to deposit mail: random bytes that a mailbox's owner gives to one contact. The directory learns their
/// hash from the owner, and the bytes only with a deposit.
/// </summary>
public static class MailboxCapability
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    /// <summary>HTTP header of a deposit that carries the capability in base64url.</summary>
    public const string Header = "X-P2PChat-Capability";

    public static byte[] New() => RandomNumberGenerator.GetBytes(Size);

    /// <summary>SHA-256 in base64url without padding, by which the owner's calls refer to it.</summary>
    public static string HashOf(ReadOnlySpan<byte> capability) => Base64Url.EncodeToString(SHA256.HashData(capability));
}
