using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Peer.Api;

/// <summary>The secret that shows a caller of the local API to be this peer's owner: 32 random bytes, in base64url.</summary>
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

    /// <param name="written">What the file holds; null if there is none.</param>
    /// <returns>Null for anything that is no token: a file cut short must not make a short secret.</returns>
    public static ApiToken? Read(string? written)
    {
        var text = written?.Trim();
        return text?.Length == Length && Base64Url.IsValid(text, out var size) && size == Size
            ? new ApiToken(text)
            : null;
    }

    /// <summary>Takes the same time for any token: what is compared are hashes, which have one length.</summary>
    public bool Is(string token) => CryptographicOperations.FixedTimeEquals(HashOf(token), _hash);

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
