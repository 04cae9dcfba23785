using System.Globalization;
using System.Text;

namespace P2PChat.Node.Model;

/// <summary>
/// Makes text from others safe to display: it must not move the cursor, start a line that looks like the program's own,
/// or change the direction of the text next to it.
/// </summary>
public static class SafeText
{
    private const int ControlPictures = 0x2400;
    private const int DeletePicture = 0x2421;

    /// <summary>Replaces harmful characters with visible ones.</summary>
    public static string Show(string text)
    {
        StringBuilder? shown = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (!IsHarmful(c))
            {
                shown?.Append(c);
                continue;
            }

            shown ??= new StringBuilder(text, 0, i, text.Length + 16);
            _ = c switch
            {
                < ' ' => shown.Append((char)(ControlPictures + c)),
                '\x7f' => shown.Append((char)DeletePicture),
                _ => shown.Append(CultureInfo.InvariantCulture, $"<U+{(int)c:X4}>"),
            };
        }

        return shown?.ToString() ?? text;
    }

    // Tabs stay, because they move the cursor only within the line, and so do the marks that right-to-left scripts
    // need. Fillers (U+3164, U+FFA0) look like blanks but count as letters.
    private static bool IsHarmful(char character) =>
        character is not '\t'
        && (
            char.IsControl(character)
            || character
                is '\u2028'
                    or '\u2029'
                    or '\u3164'
                    or '\uffa0'
                    or (>= '\u202a' and <= '\u202e')
                    or (>= '\u2066' and <= '\u206f')
                    or (>= '\ufff9' and <= '\ufffb')
        );
}
