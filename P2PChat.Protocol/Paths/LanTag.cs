using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Paths;

/// <summary>
/// The name under which a peer announces itself on the local network for one day (docs/protocol.md, section 19). Peers
/// that know the PeerId recognise it; to all others it is random.
/// </summary>
public static class LanTag
{
    /// <summary>Length of the hash in bytes.</summary>
    public const int Size = 16;

    /// <summary>Length of the tag in characters.</summary>
    public const int Length = 26;

    private static ReadOnlySpan<byte> Context => "P2PChat LAN v1\0"u8;

    /// <summary>
    /// Computes the tag: base32 in lower case of the first 16 bytes of SHA-256 over the context, the PeerId's 32 bytes
    /// and the date as <c>yyyy-MM-dd</c>.
    /// </summary>
    /// <param name="date">The date in UTC.</param>
    public static string Of(PeerId peer, DateOnly date)
    {
        var day = Encoding.ASCII.GetBytes(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        var hash = SHA256.HashData([.. Context, .. peer.Bytes, .. day]);
        return Base32.Encode(hash.AsSpan(0, Size)).ToLowerInvariant();
    }
}
