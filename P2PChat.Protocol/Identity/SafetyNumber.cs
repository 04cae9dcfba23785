using System.Globalization;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Identity;

/// <summary>
/// What two people compare, over another channel, to know that nobody is between them: 60 digits in twelve groups of
/// five, the same at both. Each half stands for one PeerId (docs/protocol.md, section 1).
/// </summary>
/// <example><c>61357 20196 01592 82861 63570 10858 82933 63637 86911 50091 45419 46730</c></example>
public static class SafetyNumber
{
    /// <summary>Digits in all.</summary>
    public const int Digits = 60;

    private const int GroupLength = 5;
    private const int GroupsAPeer = 6;

    // Makes it dearer to look for a key whose half is like another's: 2^12 more than by one hash.
    private const int Iterations = 5200;

    private static ReadOnlySpan<byte> Context => "P2PChat safety number v1\0"u8;

    /// <returns>Twelve groups with a space between them.</returns>
    public static string Of(PeerId one, PeerId other)
    {
        var (a, b) = (Half(one), Half(other));
        return string.CompareOrdinal(a, b) <= 0 ? $"{a} {b}" : $"{b} {a}";
    }

    /// <summary>What the QR code holds: the two PeerIds without dashes, the lower first, so that both show the same.</summary>
    public static string QrText(PeerId one, PeerId other)
    {
        var (lower, higher) = one <= other ? (one, other) : (other, one);
        return $"P2PCHAT:SAFETY:1:{Bare(lower)}:{Bare(higher)}";
    }

    /// <summary>Reads what somebody typed or pasted: digits, with spaces, dashes or line ends anywhere or nowhere.</summary>
    /// <returns>As <see cref="Of"/> writes it; null if it is not 60 digits.</returns>
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

        var groups = new string[GroupsAPeer];
        for (var group = 0; group < GroupsAPeer; group++)
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
