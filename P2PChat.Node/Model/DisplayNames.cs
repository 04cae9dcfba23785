using System.Globalization;
using System.Text;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Model;

/// <summary>
/// The names that people choose for themselves. Anyone can choose any name, so it is shown only next to the username.
/// </summary>
public static class DisplayNames
{
    /// <summary>How many combining marks may follow each other. More would overlap adjacent lines.</summary>
    private const int MaxMarks = 4;

    private const int Joiner = 0x200d;
    private const int NonJoiner = 0x200c;
    private const int EmojiStyle = 0xfe0f;
    private const int BlackFlag = 0x1f3f4;
    private const int EndOfFlag = 0xe007f;

    /// <summary>How many invisible characters may follow a black flag: "gbeng" and its end are the most.</summary>
    private const int MaxFlagTags = 6;

    /// <summary>The rule, for people.</summary>
    public static string Rule { get; } =
        $"That display name is not valid. Use 1 to {ProfileRules.MaxDisplayNameLength} printable characters on one "
        + "line, without double spaces, check marks and locks.";

    /// <summary>Formats the display name with the username, which comes first, so that it is never cut off.</summary>
    public static string Show(string? displayName, string username) =>
        displayName is null ? username : $"{username} ({Quote(displayName)})";

    /// <summary>Quotes a display name, so that a reader sees where it ends.</summary>
    public static string Quote(string displayName)
    {
        ArgumentNullException.ThrowIfNull(displayName);
        var inner = new StringBuilder(displayName.Length);
        foreach (var character in displayName)
        {
            _ = inner.Append(IsDoubleQuote(character) ? '\'' : character);
        }

        return $"\"{inner}\"";
    }

    /// <summary>Checks a name that this peer's user chooses.</summary>
    /// <returns>The name without spaces around it; null if it is not valid.</returns>
    public static string? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        return trimmed.Length > 0 && Clean(trimmed) == trimmed ? trimmed : null;
    }

    /// <summary>Makes a name from another peer safe to show.</summary>
    /// <returns>Null if nothing visible is left.</returns>
    public static string? Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = new StringBuilder();
        var (visible, marks, tags) = (false, 0, 0);
        Rune? last = null;
        Rune? joiner = null;
        foreach (var rune in text.Trim().EnumerateRunes())
        {
            var isMark =
                Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;
            if (rune.Value is Joiner or NonJoiner)
            {
                joiner = last is null ? null : rune;
                continue;
            }

            var shown = IsBlank(rune) ? " " : SafeText.Show(rune.ToString());
            // A run of blanks could push the username out of sight.
            if (
                shown == " "
                    ? last is not { } before || before.Value == ' '
                    : IsDropped(rune, isMark, last, marks, tags)
            )
            {
                continue;
            }

            if (joiner is { } between && last is { } left && Joins(left, rune))
            {
                shown = between + shown;
            }

            // Stop at the limit.
            if (clean.Length + shown.Length > ProfileRules.MaxDisplayNameLength)
            {
                break;
            }

            _ = clean.Append(shown);
            marks =
                isMark ? marks + 1
                : Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpacingCombiningMark ? marks
                : 0;
            tags = IsFlagTag(rune) ? tags + 1 : 0;
            visible |= shown != " ";
            (last, joiner) = (shown == " " ? new Rune(' ') : rune, null);
        }

        return visible ? clean.ToString().TrimEnd() : null;
    }

    // Spaces, and letters and symbols that look like one.
    private static bool IsBlank(Rune rune) =>
        (
            Rune.IsWhiteSpace(rune)
            && (rune.Value == '\t' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator)
        ) || rune.Value is 0x115f or 0x1160 or 0x2800 or 0x1d159;

    /// <summary>
    /// Whether a character is invisible, unknown, one mark too many, or looks like a mark of the program.
    /// </summary>
    private static bool IsDropped(Rune rune, bool isMark, Rune? last, int marks, int tags) =>
        rune.Value switch
        {
            EmojiStyle => last is not { } symbol || Rune.IsLetter(symbol) || symbol.Value == ' ',
            // The flags of countries within a country.
            >= 0xe0020 and <= EndOfFlag => last?.Value is not (BlackFlag or (>= 0xe0020 and < EndOfFlag))
                || tags >= MaxFlagTags,
            // Other variation selectors, and marks that are not seen.
            (>= 0xfe00 and <= 0xfe0e) or (>= 0xe0100 and <= 0xe01ef) => true,
            0x034f or 0x17b4 or 0x17b5 or (>= 0x180b and <= 0x180f) => true,
            _ => IsSign(rune)
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
                || (isMark && (last is null || marks >= MaxMarks))
                || (
                    Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format
                    && SafeText.Show(rune.ToString()) == rune.ToString()
                ),
        };

    // Check marks, locks and shields, which look like the mark of a verified contact.
    private static bool IsSign(Rune rune) =>
        rune.Value
            is 0x2611
                or 0x2705
                or 0x2713
                or 0x2714
                or 0x221a
                or 0x237b
                or 0x26e8
                or (>= 0x1f50f and <= 0x1f513)
                or 0x1f5f8
                or 0x1f5f9
                or 0x1f6e1
                or 0x1fbb1
                or 0x10102;

    private static bool IsFlagTag(Rune rune) => rune.Value is >= 0xe0020 and <= EndOfFlag;

    // All that look like the quotes around a display name.
    private static bool IsDoubleQuote(char character) =>
        character
            is '"'
                or '\u02ba'
                or (>= '\u201c' and <= '\u201f')
                or '\u2033'
                or '\u2036'
                or '\u275d'
                or '\u275e'
                or (>= '\u301d' and <= '\u301f')
                or '\uff02';

    // Within emoji and in scripts whose letters join. Elsewhere a joiner is not seen.
    private static bool Joins(Rune left, Rune right) =>
        IsJoining(right) ? IsJoining(left) : IsSymbol(right) && (IsSymbol(left) || left.Value == EmojiStyle);

    private static bool IsSymbol(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol;

    private static bool IsJoining(Rune rune) => rune.Value is (>= 0x600 and < 0x10a0) or (>= 0x1780 and < 0x18b0);
}
