using System.Globalization;
using System.Text;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Model;

/// <summary>
/// The names that people choose for themselves. Anyone can choose any name, so it is shown only next to the username.
/// </summary>
public static class DisplayNames
{
    /// <summary>How many combining marks may follow each other. More would cover the lines around the name.</summary>
    private const int MaxMarks = 4;

    /// <summary>The rule, for people.</summary>
    public static string Rule { get; } =
        $"That display name is not valid. Use 1 to {ProfileRules.MaxDisplayNameLength} printable characters on one "
        + "line.";

    /// <summary>A person as people read it: never the name alone.</summary>
    public static string Show(string? displayName, string username) =>
        displayName is null ? username : $"{displayName} ({username})";

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
        var (visible, marks, wasSpace) = (false, 0, false);
        // A longer one breaks the rule already, so what is behind the limit is not even looked at.
        foreach (var rune in text.Trim().EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            var isSpace = Rune.IsWhiteSpace(rune);
            var isMark = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;
            marks = isMark ? marks + 1 : 0;
            // A run of blanks could push the username out of sight.
            if ((isSpace && wasSpace) || marks > MaxMarks)
            {
                continue;
            }

            wasSpace = isSpace;
            var shown = isSpace && category == UnicodeCategory.SpaceSeparator ? " " : SafeText.Show(rune.ToString());
            shown = shown == "\t" ? " " : shown;
            if (clean.Length + shown.Length > ProfileRules.MaxDisplayNameLength)
            {
                break;
            }

            visible |= !isSpace && !isMark && category != UnicodeCategory.Format;
            _ = clean.Append(shown);
        }

        return visible ? clean.ToString().Trim() : null;
    }
}
