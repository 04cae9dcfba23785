using System.Globalization;
using System.Text;

namespace P2PChat.Node.Storage.Search;

/// <summary>
/// Unicode's compatibility decompositions (UAX #15, NFKD) of letters, marks and numbers. .NET has them only with ICU,
/// which not every machine has (docs/decisions/0026-search.md). Hangul syllables follow from a formula and are not
/// listed. Thread-safe.
/// </summary>
public static class Decompositions
{
    private const int PageBits = 7;
    private const int MaxComposed = 4;

    // Composition exclusions (UAX #15, section 5) of Indic, Tibetan and Hebrew, and presentation forms. In pairs, first
    // and last.
    private static readonly int[] StayApart =
    [
        0x958,
        0x95F,
        0x9DC,
        0x9DF,
        0xA33,
        0xA5E,
        0xB5C,
        0xB5D,
        0xF43,
        0xFB9,
        0xFB1D,
        0xFEFF,
    ];

    private static readonly Dictionary<int, string> Parts = Load();
    private static readonly bool[] Pages = PagesOf(Parts.Keys);
    private static readonly Dictionary<string, string> Composed = Invert();

    /// <summary>Finds the decomposition of a character; null if it has none.</summary>
    internal static string? Find(int character) =>
        Pages[character >> PageBits] && Parts.TryGetValue(character, out var parts) ? parts : null;

    /// <summary>Finds the character that these compose to; null if there is none.</summary>
    internal static string? Compose(string parts) => Composed.GetValueOrDefault(parts);

    /// <summary>
    /// Normalizes a host name (approximately NFKC): decomposes every character, then composes letters and their marks.
    /// Marks that are not in canonical order stay separate.
    /// </summary>
    public static string Recompose(string text)
    {
        var apart = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            _ = Find(rune.Value) is { } parts ? apart.Append(parts) : apart.Append(rune.ToString());
        }

        var composed = new StringBuilder();
        for (var i = 0; i < apart.Length; )
        {
            var length = Math.Min(MaxComposed, apart.Length - i);
            while (length > 1 && Compose(apart.ToString(i, length)) is null)
            {
                length--;
            }

            var part = apart.ToString(i, length);
            i += length;
            if (
                composed.Length > 0
                && part.Length == 1
                && JoinSyllable(composed[^1], part[0]) is var syllable and not 0
            )
            {
                composed[^1] = (char)syllable;
            }
            else
            {
                _ = composed.Append(length > 1 ? Compose(part) : part);
            }
        }

        return composed.ToString();
    }

    /// <summary>
    /// The Hangul syllable that a jamo makes with what is before it (Unicode, section 3.12); 0 if it makes none.
    /// </summary>
    public static int JoinSyllable(int before, int jamo)
    {
        const int Syllables = 0xAC00,
            Leading = 0x1100,
            Vowels = 0x1161,
            Trailing = 0x11A7;
        const int LeadingCount = 19,
            VowelCount = 21,
            TrailingCount = 28,
            SyllableCount = 11172;
        if (before is >= Leading and < Leading + LeadingCount && jamo is >= Vowels and < Vowels + VowelCount)
        {
            return Syllables + ((((before - Leading) * VowelCount) + jamo - Vowels) * TrailingCount);
        }

        return
            before is >= Syllables and < Syllables + SyllableCount
            && (before - Syllables) % TrailingCount == 0
            && jamo is > Trailing and < Trailing + TrailingCount
            ? before + jamo - Trailing
            : 0;
    }

    // Lines such as "C0 41 300", in hexadecimal.
    private static Dictionary<int, string> Load()
    {
        var parts = new Dictionary<int, string>();
        using var stream = typeof(Decompositions).Assembly.GetManifestResourceStream(
            "P2PChat.Node.Storage.Search.decompositions.txt"
        )!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var numbers = line.Split(' ')
                .Select(number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                .ToArray();
            parts.Add(numbers[0], string.Concat(numbers.Skip(1).Select(char.ConvertFromUtf32)));
        }

        return parts;
    }

    private static bool[] PagesOf(IEnumerable<int> characters)
    {
        var pages = new bool[(0x10FFFF >> PageBits) + 1];
        foreach (var character in characters)
        {
            pages[character >> PageBits] = true;
        }

        return pages;
    }

    // Only letters with marks, not ligatures, fullwidth or mathematical letters with the same decomposition.
    private static Dictionary<string, string> Invert()
    {
        var composed = new Dictionary<string, string>();
        foreach (var (character, parts) in Parts)
        {
            if (
                parts.Length is > 1 and <= MaxComposed
                && !char.IsSurrogate(parts[0])
                && (char.IsLetter(parts[0]) || IsMark(parts[0]))
                && parts.Skip(1).All(IsMark)
                && !StaysApart(character)
            )
            {
                _ = composed.TryAdd(parts, char.ConvertFromUtf32(character));
            }
        }

        return composed;
    }

    private static bool IsMark(char character) =>
        char.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static bool StaysApart(int character)
    {
        for (var i = 0; i < StayApart.Length; i += 2)
        {
            if (character >= StayApart[i] && character <= StayApart[i + 1])
            {
                return true;
            }
        }

        return false;
    }
}
