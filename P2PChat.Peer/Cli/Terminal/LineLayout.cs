using System.Globalization;
using System.Text;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>A prompt and a line, cut into rows of a terminal, with the cursor's place among them.</summary>
/// <param name="CursorRow">From 0, among <paramref name="Rows"/>.</param>
/// <param name="CursorColumn">From 0.</param>
public sealed record LineLayout(IReadOnlyList<string> Rows, int CursorRow, int CursorColumn)
{
    private const string Tab = "    ";

    /// <summary>
    /// The last column stays free: where the cursor goes after it differs from terminal to terminal. Of a line that has
    /// more rows than the terminal, those around the cursor are shown.
    /// </summary>
    /// <param name="text">All rows but the first are indented, as <see cref="WordWrap"/> does.</param>
    /// <param name="cursor">In UTF-16 units of the text.</param>
    public static LineLayout Of(string prompt, string text, int cursor, int width, int height)
    {
        var usable = Math.Max(2, width - 1);
        var rows = new List<string>();
        var row = new StringBuilder();
        var column = 0;
        var indent = text.Contains('\n') ? WordWrap.Indent(usable) : "";
        var (cursorRow, cursorColumn) = (0, 0);

        Add(prompt, -1);
        Add(text, cursor);
        if (cursor == text.Length)
        {
            (cursorRow, cursorColumn) = (rows.Count, column);
        }

        rows.Add(row.ToString());

        var visible = Math.Max(1, height - 1);
        if (rows.Count <= visible)
        {
            return new LineLayout(rows, cursorRow, cursorColumn);
        }

        var first = Math.Clamp(cursorRow - visible / 2, 0, rows.Count - visible);
        return new LineLayout(rows.GetRange(first, visible), cursorRow - first, cursorColumn);

        void Add(string what, int cursorAt)
        {
            for (var at = 0; at < what.Length; )
            {
                var length = StringInfo.GetNextTextElementLength(what.AsSpan(at));
                var element = what[at] == '\t' ? Tab : SafeText.Show(what.Substring(at, length));
                var elementWidth = element.Length == length ? DisplayWidth.Of(element) : element.Length;
                var isEnd = what[at] == '\n';
                if (!isEnd && column + elementWidth > usable)
                {
                    Break();
                }

                if (at == cursorAt)
                {
                    (cursorRow, cursorColumn) = (rows.Count, column);
                }

                if (isEnd)
                {
                    Break();
                    at += length;
                    continue;
                }

                _ = row.Append(element);
                column += elementWidth;
                at += length;
            }
        }

        void Break()
        {
            rows.Add(row.ToString());
            _ = row.Clear().Append(indent);
            column = indent.Length;
        }
    }
}
