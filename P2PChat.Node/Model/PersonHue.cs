using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>Gives each person one of twelve hues, the same on the page and in the terminal.</summary>
public static class PersonHue
{
    public const int Count = 12;

    /// <returns>From 0 to 11, spread evenly over keys.</returns>
    public static int Of(PeerId key) => key.Bytes[0] % Count;

    /// <summary>For someone whose key is not known.</summary>
    /// <inheritdoc cref="Of(PeerId)"/>
    public static int Of(Username name) => SHA256.HashData(Encoding.UTF8.GetBytes(name.Value))[0] % Count;
}
