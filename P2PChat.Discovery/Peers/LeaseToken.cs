using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Peers;

/// <summary>
/// The bearer token of a lease, <c>&lt;username&gt;.&lt;secret&gt;</c>: the name says where to look, the secret is 32 random
/// bytes in base64url. Only its SHA-256 is kept.
/// </summary>
internal sealed class LeaseToken
{
    private const int SecretSize = 32;
    private const int SecretLength = 43;

    private LeaseToken(Username username, string hash) => (Username, Hash) = (username, hash);

    public Username Username { get; }

    public string Hash { get; }

    /// <summary>A new token, and its written form, which is shown once.</summary>
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

    /// <summary>From <c>Authorization: Bearer …</c>; null where there is none, or it is not of that form.</summary>
    public static LeaseToken? FromBearer(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return
            header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && TryParse(header[Scheme.Length..].Trim(), out var token)
            ? token
            : null;
    }

    private static string HashOf(ReadOnlySpan<char> secret)
    {
        // Whatever somebody sent as a token: a character may take more than a byte.
        Span<byte> bytes = stackalloc byte[3 * SecretLength];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _ = SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(secret, bytes)], hash);
        return Base64Url.EncodeToString(hash);
    }
}
