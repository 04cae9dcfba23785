using System.Globalization;
using System.Text;

namespace P2PChat.Node.Model;

/// <summary>
/// Shows what others wrote without obeying it: a text must neither move the cursor, nor begin a line that looks like
/// ours, nor turn the direction of what stands beside it.
/// </summary>
public static class SafeText
{
    private const int ControlPictures = 0x2400;
    private const int DeletePicture = 0x2421;

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

    // Tabs are kept, because they move the cursor only within their line, and so are the marks that right-to-left scripts
    // need. Fillers look like blanks but count as letters.
    private static bool IsHarmful(char c) =>
        c is not '\t'
        && (
            char.IsControl(c)
            || c
                is '\u2028'
                    or '\u2029'
                    or '\u3164'
                    or '\uffa0'
                    or (>= '\u202a' and <= '\u202e')
                    or (>= '\u2066' and <= '\u206f')
                    or (>= '\ufff9' and <= '\ufffb')
        );
}
