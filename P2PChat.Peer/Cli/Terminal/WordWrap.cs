using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Wraps output to terminal rows. Rows after the first are indented, so that a message cannot imitate a row of the
/// program.
/// </summary>
public static class WordWrap
{
    private const string Tab = "    ";
    private const string StyleEnd = "\e[0m";

    // For an indent and a wide character.
    private const int MinWidth = 3;

    /// <summary>The indentation of rows after the first.</summary>
    /// <param name="width">The width of the terminal, in columns.</param>
    public static string Indent(int width) => new(' ', Math.Clamp(width / 10, 1, 4));

    /// <summary>Whether a line is one long word, such as a link. The terminal wraps it, to keep it copyable.</summary>
    public static bool IsLeftToTerminal(string line, int width)
    {
        ArgumentNullException.ThrowIfNull(line);
        return !line.AsSpan().ContainsAny(' ', '\t') && TerminalEscape.Columns(line) > width;
    }

    /// <summary>Breaks a line between words, and inside words that are wider than a row.</summary>
    /// <inheritdoc cref="Rows(string, int, string)"/>
    public static IReadOnlyList<string> Rows(string line, int width) =>
        IsLeftToTerminal(line, Math.Max(MinWidth, width))
            ? [line]
            : Rows(line, width, Indent(Math.Max(MinWidth, width)));

    /// <summary>
    /// Like <see cref="Rows(string, int)"/>, but never leaves wrapping to the terminal. Colours and hyperlinks end with
    /// each row, and continue after the indentation of the next one.
    /// </summary>
    /// <param name="line">Escape sequences take no columns. A tab becomes four spaces.</param>
    /// <param name="width">The width of the terminal, in columns.</param>
    /// <param name="indent">Begins rows after the first; narrower than the terminal by at least two columns.</param>
    public static IReadOnlyList<string> Rows(string line, int width, string indent)
    {
        ArgumentNullException.ThrowIfNull(line);
        width = Math.Max(MinWidth, width);
        line = line.Replace("\t", Tab, StringComparison.Ordinal);
        var rows = new RowWriter(width, indent);
        for (var at = 0; at < line.Length; )
        {
            var word = WordAt(line, at);
            at += word.Length;
            var spaces = word.Length - word.TrimStart(' ').Length;
            var columns = TerminalEscape.Columns(word);
            if (rows.IsEmpty || spaces == 0 || columns <= rows.Left)
            {
                rows.Append(word);
                continue;
            }

            if (columns == spaces)
            {
                break;
            }

            // A word that is wider than a row starts in this one, if there is room.
            if (columns - spaces <= width - rows.IndentColumns || spaces >= rows.Left)
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

    private sealed class RowWriter(int width, string indent)
    {
        private readonly List<string> _rows = [];
        private readonly StringBuilder _row = new();
        private string _style = "";
        private string _link = "";
        private int _column;

        public int IndentColumns { get; } = TerminalEscape.Columns(indent);

        public int Left => width - _column;

        public bool IsEmpty => _column == (_rows.Count == 0 ? 0 : IndentColumns);

        public void Append(string text)
        {
            for (var at = 0; at < text.Length; )
            {
                var length = TerminalEscape.ElementLength(text, at, out var columns);
                if (columns > Left)
                {
                    Break();
                }

                Follow(text.AsSpan(at, length));
                _ = _row.Append(text, at, length);
                _column += columns;
                at += length;
            }
        }

        public void Break()
        {
            _ = _row.Append(_link.Length > 0 ? TerminalEscape.LinkEnd : "").Append(_style.Length > 0 ? StyleEnd : "");
            _rows.Add(_row.ToString());
            _ = _row.Clear().Append(indent).Append(_style).Append(_link);
            _column = IndentColumns;
        }

        public IReadOnlyList<string> Finish() => [.. _rows, _row.ToString()];

        private void Follow(ReadOnlySpan<char> element)
        {
            if (TerminalEscape.IsStyle(element))
            {
                _style = element is StyleEnd ? "" : $"{_style}{element}";
            }
            else if (TerminalEscape.IsLink(element))
            {
                _link = element is TerminalEscape.LinkEnd ? "" : element.ToString();
            }
        }
    }
}
