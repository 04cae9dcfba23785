using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Protocol.Identity;

/// <summary>
/// A peer's identity: the SHA-256 of its key's SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7). Written as base32 with
/// a check digit after every 13 characters, and a dash after every seven.
/// </summary>
public readonly struct PeerId : IEquatable<PeerId>, IComparable<PeerId>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private const int GroupLength = 13;
    private const int Groups = 4;
    private const int DashEvery = 7;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create(Base32.Alphabet);

    private readonly byte[]? _hash;

    private PeerId(byte[] hash) => _hash = hash;

    /// <summary>The 32 bytes of the hash; all zero for the default value, which identifies no peer.</summary>
    public ReadOnlySpan<byte> Bytes => _hash ?? new byte[Size];

    /// <summary>The first seven characters, to tell peers apart on a screen. Not enough to verify a peer.</summary>
    public string Short => ToString()[..DashEvery];

    /// <param name="subjectPublicKeyInfo">The public key in DER.</param>
    public static PeerId FromPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        new(SHA256.HashData(subjectPublicKeyInfo));

    /// <exception cref="ArgumentException">The hash is not 32 bytes long.</exception>
    public static PeerId FromHash(ReadOnlySpan<byte> hash) =>
        hash.Length == Size
            ? new PeerId(hash.ToArray())
            : throw new ArgumentException($"A PeerId must have {Size} bytes, not {hash.Length}.", nameof(hash));

    /// <summary>Parses the written form in upper or lower case, with or without dashes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PeerId peerId)
    {
        peerId = default;
        if (text is null || text.Length > 2 * Groups * (GroupLength + 1))
        {
            return false;
        }

        // Only ASCII may be converted to upper case: 'ſ' (long s) must not become 'S'.
        var written = text.Replace("-", "", StringComparison.Ordinal);
        if (!Ascii.IsValid(written))
        {
            return false;
        }

        written = written.ToUpperInvariant();
        if (written.Length != Groups * (GroupLength + 1) || written.AsSpan().IndexOfAnyExcept(Alphabet) >= 0)
        {
            return false;
        }

        Span<char> base32 = stackalloc char[Groups * GroupLength];
        for (var group = 0; group < Groups; group++)
        {
            var digits = written.AsSpan(group * (GroupLength + 1), GroupLength);
            if (CheckDigit.Compute(digits) != written[group * (GroupLength + 1) + GroupLength])
            {
                return false;
            }

            digits.CopyTo(base32[(group * GroupLength)..]);
        }

        var hash = new byte[Size];
        if (!Base32.TryDecode(base32, hash))
        {
            return false;
        }

        peerId = new PeerId(hash);
        return true;
    }

    /// <exception cref="FormatException">The text is not a PeerId, or a check digit is wrong.</exception>
    public static PeerId Parse(string text) =>
        TryParse(text, out var peerId)
            ? peerId
            : throw new FormatException("That is not a valid PeerId. Check it for typing errors.");

    public override string ToString()
    {
        var base32 = Base32.Encode(Bytes);
        var text = new StringBuilder(64);
        var written = 0;
        for (var group = 0; group < Groups; group++)
        {
            var digits = base32.AsSpan(group * GroupLength, GroupLength);
            foreach (var digit in digits)
            {
                Append(digit);
            }

            Append(CheckDigit.Compute(digits));
        }

        return text.ToString();

        void Append(char c)
        {
            if (written > 0 && written % DashEvery == 0)
            {
                text.Append('-');
            }

            text.Append(c);
            written++;
        }
    }

    /// <summary>Compares the hashes byte by byte. The order decides which of two links to keep.</summary>
    public int CompareTo(PeerId other) => Bytes.SequenceCompareTo(other.Bytes);

    public bool Equals(PeerId other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is PeerId other && Equals(other);

    public override int GetHashCode() => BitConverter.ToInt32(Bytes[..4]);

    public static bool operator ==(PeerId left, PeerId right) => left.Equals(right);

    public static bool operator !=(PeerId left, PeerId right) => !left.Equals(right);

    public static bool operator <(PeerId left, PeerId right) => left.CompareTo(right) < 0;

    public static bool operator >(PeerId left, PeerId right) => left.CompareTo(right) > 0;

    public static bool operator <=(PeerId left, PeerId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(PeerId left, PeerId right) => left.CompareTo(right) >= 0;
}
