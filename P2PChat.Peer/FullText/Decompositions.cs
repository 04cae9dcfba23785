using System.Globalization;
using System.Text;

namespace P2PChat.Peer.FullText;

/// <summary>
/// Unicode's compatibility decompositions (UAX #15, NFKD) of letters, marks and numbers. .NET has them only with ICU, which
/// not every machine has (docs/decisions/0026-search.md). Hangul syllables follow from a formula and are not in it. Thread-safe.
/// </summary>
internal static class Decompositions
{
    private const int PageBits = 7;
    private const int MaxComposed = 4;

    private static readonly Dictionary<int, string> Parts = Load();
    private static readonly bool[] Pages = PagesOf(Parts.Keys);
    private static readonly Dictionary<string, string> Composed = Invert();

    /// <summary>What a character is made of; null if it is not made of others.</summary>
    public static string? Find(int character) => Pages[character >> PageBits] && Parts.TryGetValue(character, out var parts) ? parts : null;

    /// <summary>The one character that is made of these; null if there is none.</summary>
    public static string? Compose(string parts) => Composed.GetValueOrDefault(parts);

    /// <summary>
    /// The form that names of hosts need (about NFKC): every character is decomposed, then letters and their marks are composed.
    /// Marks in an order that is not the canonical one stay apart.
    /// </summary>
    public static string Recompose(string text)
    {
        var apart = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            _ = Find(rune.Value) is { } parts ? apart.Append(parts) : apart.Append(rune.ToString());
        var composed = new StringBuilder();
        for (var i = 0; i < apart.Length;)
        {
            var length = Math.Min(MaxComposed, apart.Length - i);
            while (length > 1 && Compose(apart.ToString(i, length)) is null)
                length--;
            var part = apart.ToString(i, length);
            _ = composed.Append(length > 1 ? Compose(part) : part);
            i += length;
        }

        return composed.ToString();
    }

    // Lines such as "C0 41 300", in hexadecimal.
    private static Dictionary<int, string> Load()
    {
        var parts = new Dictionary<int, string>();
        using var stream = typeof(Decompositions).Assembly.GetManifestResourceStream("P2PChat.Peer.FullText.decompositions.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var numbers = line.Split(' ').Select(number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            parts.Add(numbers[0], string.Concat(numbers.Skip(1).Select(char.ConvertFromUtf32)));
        }

        return parts;
    }

    private static bool[] PagesOf(IEnumerable<int> characters)
    {
        var pages = new bool[(0x10FFFF >> PageBits) + 1];
        foreach (var character in characters)
            pages[character >> PageBits] = true;
        return pages;
    }

    // A letter with marks, and not a ligature, a fullwidth letter, or a letter of mathematics that is made of the same.
    private static Dictionary<string, string> Invert()
    {
        var composed = new Dictionary<string, string>();
        foreach (var (character, parts) in Parts)
        {
            if (parts.Length is > 1 and <= MaxComposed && !char.IsSurrogate(parts[0]) && char.IsLetter(parts[0]) && parts.Skip(1).All(IsMark))
                _ = composed.TryAdd(parts, char.ConvertFromUtf32(character));
        }

        return composed;
    }

    private static bool IsMark(char character) => char.GetUnicodeCategory(character) == UnicodeCategory.NonSpacingMark;
}
