using System.Buffers.Text;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Invites;

/// <summary>
/// Permission to register at a directory that requires a join token. A member registers the code's hash; the joiner
/// sends the code with its registration.
/// </summary>
public static class JoinCode
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    /// <summary>SHA-256 in base64url without padding, by which the member's calls refer to the code.</summary>
    public static string HashOf(ReadOnlySpan<byte> code) => Base64Url.EncodeToString(SHA256.HashData(code));
}
