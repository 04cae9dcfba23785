using System.Globalization;
using System.Text;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>A prompt and a line, laid out in terminal rows, with the cursor's position.</summary>
/// <param name="CursorRow">From 0, among <paramref name="Rows"/>.</param>
/// <param name="CursorColumn">From 0.</param>
public sealed record LineLayout(IReadOnlyList<string> Rows, int CursorRow, int CursorColumn)
{
    private const string Tab = "    ";

    /// <summary>
    /// Leaves the last column free, because terminals differ in where the cursor goes after it. If there are more rows
    /// than fit, keeps those around the cursor.
    /// </summary>
    /// <param name="text">Several lines are indented after the first row, as <see cref="WordWrap"/> does.</param>
    /// <param name="cursor">The index in the text, in UTF-16 units.</param>
    public static LineLayout Of(string prompt, string text, int cursor, int width, int height)
    {
        var usable = Math.Max(2, width - 1);
        var rows = new List<string>();
        var row = new StringBuilder();
        var column = 0;
        var indent = text.Contains('\n') ? WordWrap.Indent(usable) : "";
        var (cursorRow, cursorColumn) = (0, 0);

        Add(prompt, cursorIndex: -1);
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

        void Add(string added, int cursorIndex)
        {
            for (var at = 0; at < added.Length; )
            {
                var length = StringInfo.GetNextTextElementLength(added.AsSpan(at));
                var element = added[at] == '\t' ? Tab : SafeText.Show(added.Substring(at, length));
                var elementWidth = element.Length == length ? DisplayWidth.Of(element) : element.Length;
                var isLineBreak = added[at] == '\n';
                if (!isLineBreak && column + elementWidth > usable)
                {
                    Break();
                }

                if (at == cursorIndex)
                {
                    (cursorRow, cursorColumn) = (rows.Count, column);
                }

                if (isLineBreak)
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
