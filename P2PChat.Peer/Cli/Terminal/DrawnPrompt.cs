using System.Globalization;
using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The prompt and the line as they were drawn last, with the cursor in them.</summary>
/// <param name="Rows">The rows of the prompt and the line, without the status row.</param>
/// <param name="CursorRow">From 0.</param>
/// <param name="CursorColumn">From 0.</param>
internal sealed record DrawnPrompt(int Rows, int CursorRow, int CursorColumn)
{
    private const string NewLine = "\r\n";

    /// <summary>Appends prompt, line and status row at the cursor, and moves the cursor into the line.</summary>
    public static DrawnPrompt Draw(
        StringBuilder drawn,
        (string Prompt, string Text, int Cursor) line,
        (int Width, int Height) size,
        Ink? ink,
        Func<int, string>? status
    )
    {
        var height = status is null ? size.Height : size.Height - 1;
        var layout = LineLayout.Of(line.Prompt, line.Text, line.Cursor, size.Width, height);
        var first = layout.Rows[0];
        _ =
            ink is not null && first.StartsWith(line.Prompt, StringComparison.Ordinal)
                ? drawn
                    .Append(ink.Name(line.Prompt))
                    .Append(first, line.Prompt.Length, first.Length - line.Prompt.Length)
                : drawn.Append(first);
        foreach (var row in layout.Rows.Skip(1))
        {
            _ = drawn.Append(NewLine).Append(row);
        }

        // CUU, CUF (ECMA-48).
        var up = layout.Rows.Count - 1 - layout.CursorRow;
        if (status is not null)
        {
            _ = drawn.Append(NewLine).Append(status(Math.Max(1, size.Width - 1)));
            up++;
        }

        if (up > 0)
        {
            _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{up}A");
        }

        _ = drawn.Append('\r');
        if (layout.CursorColumn > 0)
        {
            _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{layout.CursorColumn}C");
        }

        return new DrawnPrompt(layout.Rows.Count, layout.CursorRow, layout.CursorColumn);
    }
}
