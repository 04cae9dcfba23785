using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage;

/// <summary>
/// The bearer token of a lease, <c>&lt;username&gt;.&lt;secret&gt;</c>. The name locates the lease; the secret is 32
/// random bytes in base64url, of which only the SHA-256 is stored.
/// </summary>
internal sealed class LeaseToken
{
    private const int SecretSize = 32;
    private const int SecretLength = 43;

    private LeaseToken(Username username, string hash) => (Username, Hash) = (username, hash);

    public Username Username { get; }

    public string Hash { get; }

    /// <summary>Creates a token.</summary>
    /// <param name="username">The lease's name.</param>
    /// <param name="written">The token's text, which cannot be recovered later.</param>
    public static LeaseToken Create(Username username, out string written)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize));
        written = $"{username}.{secret}";
        return new LeaseToken(username, HashOf(secret));
    }

    public static bool TryParse(string written, [NotNullWhen(true)] out LeaseToken? token)
    {
        token = null;
        var dot = written.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || written.Length - dot - 1 != SecretLength || !Username.TryParse(written[..dot], out var username))
        {
            return false;
        }

        token = new LeaseToken(username, HashOf(written.AsSpan(dot + 1)));
        return true;
    }

    private static string HashOf(ReadOnlySpan<char> secret)
    {
        // A caller may send any text, so a character may take up to three bytes.
        Span<byte> bytes = stackalloc byte[3 * SecretLength];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _ = SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(secret, bytes)], hash);
        return Base64Url.EncodeToString(hash);
    }
}
