using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>
/// The bearer token of one side of a path session, <c>&lt;session&gt;.&lt;replica&gt;.&lt;secret&gt;</c>. The replica
/// is the one that holds the session; the secret is 32 random bytes in base64url, of which only the SHA-256 is kept.
/// </summary>
internal sealed class PathToken
{
    private const int SecretSize = 32;
    private const int SecretLength = 43;
    private const int SessionLength = 22;
    private const int ReplicaLength = 16;
    private const string Scheme = "Bearer ";

    private readonly byte[] _hash;

    private PathToken(string sessionId, string replicaId, byte[] hash) =>
        (SessionId, ReplicaId, _hash) = (sessionId, replicaId, hash);

    public string SessionId { get; }

    public string ReplicaId { get; }

    public static string NewSessionId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    public static string NewReplicaId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>Creates a token.</summary>
    /// <param name="sessionId">The result of <see cref="NewSessionId"/>.</param>
    /// <param name="replicaId">The result of <see cref="NewReplicaId"/>.</param>
    /// <param name="written">The token's text, which cannot be recovered later.</param>
    public static PathToken Create(string sessionId, string replicaId, out string written)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize));
        written = $"{sessionId}.{replicaId}.{secret}";
        return new PathToken(sessionId, replicaId, HashOf(secret));
    }

    /// <summary>Reads the token from <c>Authorization: Bearer</c> (RFC 6750, section 2.1).</summary>
    /// <returns>The token; null if the header is missing or malformed.</returns>
    public static PathToken? Of(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return
            header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && TryParse(header[Scheme.Length..].Trim(), out var token)
            ? token
            : null;
    }

    public static bool TryParse(string written, [NotNullWhen(true)] out PathToken? token)
    {
        token =
            written.Split('.') is [{ Length: SessionLength } session, { Length: ReplicaLength } replica, var secret]
            && secret.Length == SecretLength
            && replica.All(char.IsAsciiHexDigitLower)
            && session.All(IsBase64Url)
            && secret.All(IsBase64Url)
                ? new PathToken(session, replica, HashOf(secret))
                : null;
        return token is not null;
    }

    /// <summary>Compares in constant time.</summary>
    public bool Matches(PathToken other) => CryptographicOperations.FixedTimeEquals(_hash, other._hash);

    private static bool IsBase64Url(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));
}
