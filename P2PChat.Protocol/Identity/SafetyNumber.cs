using System.Globalization;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Identity;

/// <summary>
/// A number that two people compare over another channel to rule out a man in the middle: 60 digits in twelve groups of
/// five, the same on both sides. Each half stands for one PeerId (docs/protocol.md, section 1).
/// </summary>
/// <example><c>61357 20196 01592 82861 63570 10858 82933 63637 86911 50091 45419 46730</c></example>
public static class SafetyNumber
{
    /// <summary>Number of digits.</summary>
    public const int Digits = 60;

    private const int GroupLength = 5;
    private const int GroupsPerPeer = 6;

    // Makes a search for a key with a similar half 2^12 times as expensive as with one hash.
    private const int Iterations = 5200;

    private static ReadOnlySpan<byte> Context => "P2PChat safety number v1\0"u8;

    /// <returns>Twelve groups separated by spaces.</returns>
    public static string Of(PeerId one, PeerId other)
    {
        var (a, b) = (Half(one), Half(other));
        return string.CompareOrdinal(a, b) <= 0 ? $"{a} {b}" : $"{b} {a}";
    }

    /// <summary>
    /// Content of the QR code: the two PeerIds without dashes, the lower first, so that both sides show the same.
    /// </summary>
    public static string QrText(PeerId one, PeerId other)
    {
        var (lower, higher) = one <= other ? (one, other) : (other, one);
        return $"P2PCHAT:SAFETY:1:{Bare(lower)}:{Bare(higher)}";
    }

    /// <summary>Parses typed or pasted digits. Ignores whitespace and dashes.</summary>
    /// <returns>The format of <see cref="Of"/>; null if there are not exactly 60 digits.</returns>
    public static string? Read(string typed)
    {
        ArgumentNullException.ThrowIfNull(typed);
        var digits = string.Concat(typed.Where(c => !char.IsWhiteSpace(c) && c != '-'));
        return digits.Length == Digits && digits.All(char.IsAsciiDigit)
            ? string.Join(' ', digits.Chunk(GroupLength).Select(group => new string(group)))
            : null;
    }

    private static string Half(PeerId peerId)
    {
        Span<byte> input = stackalloc byte[SHA512.HashSizeInBytes + PeerId.Size];
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData([.. Context, .. peerId.Bytes, .. peerId.Bytes], hash);
        peerId.Bytes.CopyTo(input[SHA512.HashSizeInBytes..]);
        for (var i = 1; i < Iterations; i++)
        {
            hash.CopyTo(input);
            SHA512.HashData(input, hash);
        }

        var groups = new string[GroupsPerPeer];
        for (var group = 0; group < GroupsPerPeer; group++)
        {
            var number = 0L;
            foreach (var octet in hash.Slice(group * GroupLength, GroupLength))
            {
                number = number << 8 | octet;
            }

            groups[group] = (number % 100_000).ToString("D5", CultureInfo.InvariantCulture);
        }

        return string.Join(' ', groups);
    }

    private static string Bare(PeerId peerId) => peerId.ToString().Replace("-", "", StringComparison.Ordinal);
}
