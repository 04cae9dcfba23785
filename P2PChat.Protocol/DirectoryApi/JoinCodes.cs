using System.Buffers.Text;
using System.Security.Cryptography;

namespace P2PChat.Protocol.DirectoryApi;

/// <summary>
/// Join codes let invited keys register at a directory that requires a join token. A member registers the code's hash;
/// the joiner sends the code with its registration. The code is derived from an invite's secret.
/// </summary>
public static class JoinCodes
{
    /// <summary>Length of a code in bytes.</summary>
    public const int Size = 32;

    /// <summary>Maximum number of keys that may join with one code.</summary>
    public const int MaxUses = 100;

    /// <summary>Maximum time from now until a code expires.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(90);

    /// <summary>SHA-256 in base64url without padding, by which the member's calls refer to a code.</summary>
    public static string HashOf(ReadOnlySpan<byte> code) => Base64Url.EncodeToString(SHA256.HashData(code));
}
