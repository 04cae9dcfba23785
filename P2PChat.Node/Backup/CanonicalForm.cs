using System.Globalization;
using System.Text;
using P2PChat.Node.Storage.Search;

namespace P2PChat.Node.Backup;

/// <summary>
/// Unicode normalization to NFC and NFD (UAX #15). .NET needs ICU for it, which not every machine has
/// (docs/decisions/0026-search.md). Thread-safe.
/// </summary>
internal static class CanonicalForm
{
    private const int FirstSyllable = 0xAC00,
        SyllableCount = 11172,
        VowelCount = 21,
        TrailingCount = 28;
    private const int FirstLeading = 0x1100,
        FirstVowel = 0x1161,
        BeforeTrailing = 0x11A7;

    private static readonly Lazy<Tables> Data = new(Load);

    private sealed class Tables
    {
        public Dictionary<int, int[]> Parts { get; } = [];

        public Dictionary<(int First, int Second), int> Composed { get; } = [];

        public Dictionary<int, int> Classes { get; } = [];
    }

    /// <summary>Composes letters with their marks (NFC).</summary>
    public static string Compose(string text) => Ascii.IsValid(text) ? text : ToText(ComposeAll(DecomposeAll(text)));

    /// <summary>Separates letters from their marks (NFD).</summary>
    public static string Decompose(string text) => Ascii.IsValid(text) ? text : ToText(DecomposeAll(text));

    private static List<int> DecomposeAll(string text)
    {
        var decomposed = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            AddParts(decomposed, rune.Value);
        }

        // Canonical ordering (UAX #15): a stable sort of marks by their combining class.
        for (var i = 1; i < decomposed.Count; i++)
        {
            var (mark, kind, at) = (decomposed[i], ClassOf(decomposed[i]), i);
            for (; kind > 0 && at > 0 && ClassOf(decomposed[at - 1]) > kind; at--)
            {
                decomposed[at] = decomposed[at - 1];
            }

            decomposed[at] = mark;
        }

        return decomposed;
    }

    private static void AddParts(List<int> decomposed, int character)
    {
        if (character - FirstSyllable is >= 0 and < SyllableCount and var syllable)
        {
            decomposed.Add(FirstLeading + (syllable / (VowelCount * TrailingCount)));
            decomposed.Add(FirstVowel + (syllable / TrailingCount % VowelCount));
            if (syllable % TrailingCount is > 0 and var trailing)
            {
                decomposed.Add(BeforeTrailing + trailing);
            }
        }
        else if (Data.Value.Parts.TryGetValue(character, out var parts))
        {
            foreach (var part in parts)
            {
                AddParts(decomposed, part);
            }
        }
        else
        {
            decomposed.Add(character);
        }
    }

    private static List<int> ComposeAll(List<int> decomposed)
    {
        var composed = new List<int>(decomposed.Count);
        var (starter, last) = (-1, 0);
        foreach (var character in decomposed)
        {
            var kind = ClassOf(character);
            if (
                starter >= 0
                && (starter == composed.Count - 1 || last < kind)
                && Join(composed[starter], character) is var joined and not 0
            )
            {
                composed[starter] = joined;
                continue;
            }

            if (kind == 0)
            {
                starter = composed.Count;
            }

            last = kind;
            composed.Add(character);
        }

        return composed;
    }

    private static int Join(int first, int second) =>
        Data.Value.Composed.TryGetValue((first, second), out var composed)
            ? composed
            : Decompositions.JoinSyllable(first, second);

    private static int ClassOf(int character) => Data.Value.Classes.GetValueOrDefault(character);

    private static string ToText(List<int> characters) => string.Concat(characters.Select(char.ConvertFromUtf32));

    // eng/canonical.py describes the format of the lines.
    private static Tables Load()
    {
        var tables = new Tables();
        using var stream = typeof(CanonicalForm).Assembly.GetManifestResourceStream(
            "P2PChat.Node.Backup.canonical.txt"
        )!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var numbers = line.TrimStart('!', '=')
                .Split(' ')
                .Select(number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                .ToArray();
            if (line[0] == '=')
            {
                for (var character = numbers[1]; character <= numbers[2]; character++)
                {
                    tables.Classes.Add(character, numbers[0]);
                }

                continue;
            }

            tables.Parts.Add(numbers[0], numbers[1..]);
            if (line[0] != '!')
            {
                tables.Composed.Add((numbers[1], numbers[2]), numbers[0]);
            }
        }

        return tables;
    }
}
