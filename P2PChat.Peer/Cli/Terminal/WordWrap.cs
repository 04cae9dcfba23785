using System.Globalization;
using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Wraps output to terminal rows. Rows after the first are indented, so that a message cannot imitate a row of the
/// program.
/// </summary>
public static class WordWrap
{
    private const char Escape = '\e';
    private const string Tab = "    ";

    /// <summary>The indentation of rows after the first.</summary>
    /// <param name="width">The width of the terminal, in columns.</param>
    public static string Indent(int width) => new(' ', Math.Clamp(width / 10, 1, 4));

    /// <summary>Whether a line is one long word, such as a link. The terminal wraps it, to keep it copyable.</summary>
    public static bool IsLeftToTerminal(string line, int width)
    {
        ArgumentNullException.ThrowIfNull(line);
        return !line.AsSpan().ContainsAny(' ', '\t') && Columns(line) > width;
    }

    /// <summary>Breaks a line between words, and inside words that are wider than a row.</summary>
    /// <param name="line">Colour sequences (SGR) take no columns. A tab becomes four spaces.</param>
    /// <param name="width">The width of the terminal, in columns.</param>
    public static IReadOnlyList<string> Rows(string line, int width)
    {
        ArgumentNullException.ThrowIfNull(line);
        // The minimum for an indent and a wide character.
        width = Math.Max(3, width);
        if (IsLeftToTerminal(line, width))
        {
            return [line];
        }

        line = line.Replace("\t", Tab, StringComparison.Ordinal);
        var rows = new RowWriter(width);
        for (var at = 0; at < line.Length; )
        {
            var word = WordAt(line, at);
            at += word.Length;
            var spaces = word.Length - word.TrimStart(' ').Length;
            var columns = Columns(word);
            if (rows.IsEmpty || spaces == 0 || columns <= rows.Left)
            {
                rows.Append(word);
                continue;
            }

            if (columns == spaces)
            {
                break;
            }

            // A word that fits no row starts in this one, if there is room.
            if (columns - spaces <= width - rows.Indent.Length || spaces >= rows.Left)
            {
                rows.Break();
            }
            else
            {
                rows.Append(word[..spaces]);
            }

            rows.Append(word[spaces..]);
        }

        return rows.Finish();
    }

    // Includes the spaces before the word.
    private static string WordAt(string line, int start)
    {
        var end = start;
        while (end < line.Length && line[end] == ' ')
        {
            end++;
        }

        while (end < line.Length && line[end] != ' ')
        {
            end++;
        }

        return line[start..end];
    }

    /// <summary>Wraps output to the terminal, if standard output is one. JSON stays on one line.</summary>
    public static Action<string> ToStandardOutput(Action<string> print)
    {
        return System.Console.IsOutputRedirected ? print : Wrapped;

        void Wrapped(string line)
        {
            var isJson = line.StartsWith('{') || line.StartsWith('[');
            foreach (
                var row in isJson ? [line] : Rows(line, System.Console.WindowWidth is var width and > 0 ? width : 80)
            )
            {
                print(row);
            }
        }
    }

    private static int Columns(string text)
    {
        var columns = 0;
        for (var at = 0; at < text.Length; )
        {
            at += ElementLength(text, at, out var width);
            columns += width;
        }

        return columns;
    }

    private static int ElementLength(string text, int at, out int width)
    {
        width = 0;
        if (text[at] == Escape && text.IndexOf('m', at) is var end and > 0)
        {
            return end + 1 - at;
        }

        var length = StringInfo.GetNextTextElementLength(text.AsSpan(at));
        width = DisplayWidth.Of(text.AsSpan(at, length));
        return length;
    }

    private sealed class RowWriter(int width)
    {
        private readonly List<string> _rows = [];
        private readonly StringBuilder _row = new();
        private int _column;

        public string Indent { get; } = WordWrap.Indent(width);

        public int Left => width - _column;

        public bool IsEmpty => _column == (_rows.Count == 0 ? 0 : Indent.Length);

        public void Append(string text)
        {
            for (var at = 0; at < text.Length; )
            {
                var length = ElementLength(text, at, out var columns);
                if (columns > Left)
                {
                    Break();
                }

                _ = _row.Append(text, at, length);
                _column += columns;
                at += length;
            }
        }

        public void Break()
        {
            _rows.Add(_row.ToString());
            _ = _row.Clear().Append(Indent);
            _column = Indent.Length;
        }

        public IReadOnlyList<string> Finish() => [.. _rows, _row.ToString()];
    }
}
