using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>Secrets that a browser brings. What is kept of them is a hash, which opens nothing and is compared in their place.</summary>
internal static class Secret
{
    private const int Size = 32;

    /// <summary>32 random bytes, in base64url.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));

    public static string HashOf(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
