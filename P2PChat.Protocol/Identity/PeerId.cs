using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace P2PChat.Protocol.Identity;

/// <summary>
/// Who a peer is: the SHA-256 of its key's SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7). It is written as base32 in
/// four groups of 13 characters, each followed by a check digit, cut by dashes into eight groups of seven.
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

    /// <summary>The 32 bytes of the hash; all zero for the default value, which is nobody.</summary>
    public ReadOnlySpan<byte> Bytes => _hash ?? new byte[Size];

    /// <summary>The first seven characters, for people: enough to tell two peers apart, not to prove who one is.</summary>
    public string Short => ToString()[..DashEvery];

    /// <param name="subjectPublicKeyInfo">DER encoding of the public key with its algorithm.</param>
    public static PeerId FromPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        new(SHA256.HashData(subjectPublicKeyInfo));

    /// <exception cref="ArgumentException">The hash is not 32 bytes long.</exception>
    public static PeerId FromHash(ReadOnlySpan<byte> hash) =>
        hash.Length == Size
            ? new PeerId(hash.ToArray())
            : throw new ArgumentException($"A PeerId has {Size} bytes, not {hash.Length}.", nameof(hash));

    /// <summary>Reads the written form: upper or lower case, with or without its dashes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PeerId peerId)
    {
        peerId = default;
        if (text is null || text.Length > 2 * Groups * (GroupLength + 1))
        {
            return false;
        }

        // Only ASCII is raised: a long s must not become an S.
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

    /// <exception cref="FormatException">The text is not a PeerId, or a check digit does not fit.</exception>
    public static PeerId Parse(string text) =>
        TryParse(text, out var peerId)
            ? peerId
            : throw new FormatException("That is not a PeerId: check its characters.");

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

    /// <summary>Orders by the bytes of the hash, first byte first. The lower of two decides ties between links.</summary>
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
