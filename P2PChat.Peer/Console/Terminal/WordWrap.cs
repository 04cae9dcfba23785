using System.Globalization;
using System.Text;

namespace P2PChat.Peer.Console.Terminal;

/// <summary>Breaks what is printed between words, where a terminal would break it at its edge.</summary>
public static class WordWrap
{
    private const char Escape = '\e';

    /// <summary>
    /// A line that fits is returned as it is. A word that is wider than the terminal is left to it: an address that it has
    /// broken can still be copied whole.
    /// </summary>
    /// <param name="line">Escape sequences that choose a rendition (SGR) take no columns.</param>
    /// <param name="width">In columns.</param>
    public static IReadOnlyList<string> Rows(string line, int width)
    {
        ArgumentNullException.ThrowIfNull(line);
        width = Math.Max(1, width);
        var rows = new List<string>();
        var row = new StringBuilder();
        var column = 0;
        for (var at = 0; at < line.Length;)
        {
            var word = WordAt(line, at);
            var spaces = word.Length - word.TrimStart(' ').Length;
            var columns = Columns(word);
            if (column > 0 && spaces > 0 && column + columns > width && columns - spaces <= width)
            {
                if (columns == spaces)
                    break;
                rows.Add(row.ToString());
                _ = row.Clear().Append(word, spaces, word.Length - spaces);
                column = columns - spaces;
            }
            else
            {
                _ = row.Append(word);
                // Where the terminal has broken it, it goes on in that row.
                column = column + columns <= width ? column + columns : (column + columns - 1) % width + 1;
            }

            at += word.Length;
        }

        rows.Add(row.ToString());
        return rows;
    }

    // With the spaces before it.
    private static string WordAt(string line, int start)
    {
        var end = start;
        while (end < line.Length && line[end] == ' ')
            end++;
        while (end < line.Length && line[end] != ' ')
            end++;
        return line[start..end];
    }

    private static int Columns(string text)
    {
        var columns = 0;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == Escape && text.IndexOf('m', at) is var end and > 0)
            {
                at = end + 1;
                continue;
            }

            var length = StringInfo.GetNextTextElementLength(text.AsSpan(at));
            columns += DisplayWidth.Of(text.AsSpan(at, length));
            at += length;
        }

        return columns;
    }
}
