using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>Creates the secrets of browsers and links. Only their hashes are stored.</summary>
internal static class Secret
{
    private const int Size = 32;

    /// <returns>32 random bytes in base64url.</returns>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));

    public static string HashOf(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
