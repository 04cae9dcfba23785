using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Discovery.Http;

/// <summary>A configured secret that callers must present.</summary>
internal sealed class SharedSecret(string value)
{
    private readonly byte[] _hash = HashOf(value);

    /// <summary>Compares in constant time: the hashes of all candidates have the same length.</summary>
    public bool Matches(string candidate) => CryptographicOperations.FixedTimeEquals(HashOf(candidate), _hash);

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
