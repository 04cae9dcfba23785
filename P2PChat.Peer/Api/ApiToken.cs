using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Peer.Api;

/// <summary>The bearer token of the local API: 32 random bytes in base64url.</summary>
public sealed class ApiToken
{
    private const int Size = 32;
    private const int Length = 43;

    private readonly byte[] _hash;

    private ApiToken(string text)
    {
        Text = text;
        _hash = HashOf(text);
    }

    public string Text { get; }

    public static ApiToken New() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size)));

    /// <param name="written">The file's content; null if there is no file.</param>
    /// <returns>Null if it is not a whole token. A truncated file must not become a short secret.</returns>
    public static ApiToken? Read(string? written)
    {
        var text = written?.Trim();
        return text?.Length == Length && Base64Url.IsValid(text, out var size) && size == Size
            ? new ApiToken(text)
            : null;
    }

    /// <summary>Compares hashes, so that the time reveals nothing about the token.</summary>
    public bool Matches(string token) => CryptographicOperations.FixedTimeEquals(HashOf(token), _hash);

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
