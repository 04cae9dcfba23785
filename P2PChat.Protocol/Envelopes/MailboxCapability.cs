using System.Buffers.Text;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Envelopes;

/// <summary>
/// What lets one contact leave mail: random bytes that a mailbox's owner gives to nobody else. The directory learns their
/// hash from the owner, and themselves only with a deposit.
/// </summary>
public static class MailboxCapability
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    /// <summary>Carries it, in base64url, with a deposit.</summary>
    public const string Header = "X-P2PChat-Capability";

    public static byte[] New() => RandomNumberGenerator.GetBytes(Size);

    /// <summary>SHA-256 in base64url, without padding: its name in the owner's calls.</summary>
    public static string HashOf(ReadOnlySpan<byte> capability) => Base64Url.EncodeToString(SHA256.HashData(capability));
}
