using System.Globalization;
using System.Text;

namespace P2PChat.Node.Storage.Search;

/// <summary>A character as the search compares it; <see cref="Value"/> is 0 where a word ends.</summary>
/// <param name="Start">Where its source begins, in UTF-16 units.</param>
/// <param name="End">Where its source ends, including marks that are not compared.</param>
internal readonly record struct FoldedCharacter(int Value, int Start, int End);

/// <summary>
/// The one form in which texts and queries are compared: decomposed (NFKD), in lower case, without accents, vowel
/// points and tatweel. Marks that make other words stay: Indic vowel signs, Thai tones, the breve of й.
/// </summary>
internal static class SearchFolding
{
    private const int Tatweel = 0x640;
    private const int Breve = 0x306;
    private const int VoicedMark = 0x3099;
    private const int HalfVoicedMark = 0x309A;
    private const int LastVariant = 0x6CC;

    // Optional marks. In pairs, first and last.
    private static readonly int[] OptionalMarks =
    [
        0x300,
        0x36F,
        0x483,
        0x487,
        0x591,
        0x5C7,
        0x610,
        0x61A,
        0x64B,
        0x65F,
        0x670,
        0x670,
        0x6D6,
        0x6ED,
        0x711,
        0x711,
        0x730,
        0x74A,
        0x898,
        0x8FF,
        0x180B,
        0x180F,
        0x1AB0,
        0x1AFF,
        0x1DC0,
        0x1DFF,
        0x20D0,
        0x20FF,
        0xFE00,
        0xFE0F,
        0xFE20,
        0xFE2F,
        0xE0100,
        0xE01EF,
    ];

    // Letters with two spellings that Unicode does not decompose.
    private static readonly Dictionary<int, string> Variants = new()
    {
        ['ß'] = "ss",
        ['æ'] = "ae",
        ['œ'] = "oe",
        ['ø'] = "o",
        ['đ'] = "d",
        ['ð'] = "d",
        ['ħ'] = "h",
        ['ı'] = "i",
        ['ł'] = "l",
        ['ŧ'] = "t",
        ['ς'] = "σ",
        // Arabic as typed on Persian and Urdu keyboards: yeh, kaf, teh marbuta, alef wasla.
        [0x649] = "\u064A",
        [0x6CC] = "\u064A",
        [0x6A9] = "\u0643",
        [0x629] = "\u0647",
        [0x671] = "\u0627",
    };

    /// <summary>Folds a text into a list, which is cleared first.</summary>
    public static void Fold(ReadOnlySpan<char> text, List<FoldedCharacter> folded)
    {
        folded.Clear();
        for (var i = 0; i < text.Length; )
        {
            _ = Rune.DecodeFromUtf16(text[i..], out var rune, out var length);
            var (start, end) = (i, i + length);
            i = end;
            if (rune.IsAscii)
            {
                Append(
                    folded,
                    char.IsAsciiLetterOrDigit((char)rune.Value) ? rune.Value | (rune.Value >= 'A' ? 0x20 : 0) : 0,
                    start,
                    end
                );
            }
            else if (Decompositions.Find(rune.Value) is { } parts)
            {
                AppendEach(folded, parts, start, end);
            }
            else
            {
                AppendPart(folded, rune, start, end);
            }
        }
    }

    private static void AppendEach(List<FoldedCharacter> folded, string parts, int start, int end)
    {
        foreach (var part in parts.EnumerateRunes())
        {
            AppendPart(folded, part, start, end);
        }
    }

    private static void AppendPart(List<FoldedCharacter> folded, Rune part, int start, int end)
    {
        var last = folded.Count > 0 ? folded[^1] : default;
        var category = Rune.GetUnicodeCategory(part);
        switch (category)
        {
            case UnicodeCategory.NonSpacingMark
            or UnicodeCategory.EnclosingMark
            or UnicodeCategory.SpacingCombiningMark
                when !(part.Value == Breve && last.Value is >= 0x400 and <= 0x52F) && IsOptional(part.Value):
            case UnicodeCategory.Format:
            case UnicodeCategory.ModifierLetter when part.Value == Tatweel:
                // A dropped mark still belongs to its letter's source.
                if (last.Value != 0)
                {
                    folded[^1] = last with { End = end };
                }

                break;
            case UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark:
                AppendMark(folded, part.Value, start, end);
                break;
            case UnicodeCategory.DecimalDigitNumber:
                Append(folded, '0' + CharUnicodeInfo.GetDecimalDigitValue(part.ToString(), 0), start, end);
                break;
            case <= UnicodeCategory.OtherNumber or UnicodeCategory.PrivateUse:
                var lower = category is UnicodeCategory.OtherLetter ? part.Value : Rune.ToLowerInvariant(part).Value;
                if (lower <= LastVariant && Variants.TryGetValue(lower, out var letters))
                {
                    foreach (var letter in letters)
                    {
                        Append(folded, letter, start, end);
                    }
                }
                else if (Decompositions.JoinSyllable(last.Value, lower) is var syllable and not 0)
                {
                    folded[^1] = last with { Value = syllable, End = end };
                }
                else
                {
                    Append(folded, lower, start, end);
                }

                break;
            default:
                Append(folded, 0, start, end);
                break;
        }
    }

    private static void Append(List<FoldedCharacter> folded, int value, int start, int end)
    {
        if (value != 0 || (folded.Count > 0 && folded[^1].Value != 0))
        {
            folded.Add(new FoldedCharacter(value, start, end));
        }
    }

    // Composed and decomposed text may order marks differently. A mark that makes another letter is part of it: が, й.
    private static void AppendMark(List<FoldedCharacter> folded, int mark, int start, int end)
    {
        if (
            folded.Count > 0
            && mark is VoicedMark or HalfVoicedMark or Breve
            && Decompositions.Compose($"{char.ConvertFromUtf32(folded[^1].Value)}{(char)mark}") is { } letter
        )
        {
            folded[^1] = folded[^1] with { Value = letter[0], End = end };
            return;
        }

        folded.Add(new FoldedCharacter(mark, start, end));
        for (var i = folded.Count - 1; i > 0 && folded[i - 1].Value > mark && IsMark(folded[i - 1].Value); i--)
        {
            (folded[i - 1], folded[i]) = (
                folded[i - 1] with
                {
                    Value = mark,
                },
                folded[i] with
                {
                    Value = folded[i - 1].Value,
                }
            );
        }
    }

    private static bool IsMark(int value) =>
        CharUnicodeInfo.GetUnicodeCategory(value)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark;

    private static bool IsOptional(int mark)
    {
        for (var i = 0; i < OptionalMarks.Length; i += 2)
        {
            if (mark <= OptionalMarks[i + 1])
            {
                return mark >= OptionalMarks[i];
            }
        }

        return false;
    }
}
