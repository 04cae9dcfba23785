using System.Globalization;
using System.Net;
using System.Text;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Draws a capture of a terminal, with its colours, as a picture for the documentation.</summary>
internal static class TerminalSvg
{
    private const double CellWidth = 8.4;
    private const int CellHeight = 18;
    private const int Border = 14;
    private const string Background = "#1e2127";
    private const string Foreground = "#d7dae0";
    private const string Font = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

    private static readonly string[] Basic =
    [
        "#5c6370",
        "#e06c75",
        "#98c379",
        "#e5c07b",
        "#61afef",
        "#c678dd",
        "#56b6c2",
        "#d7dae0",
    ];

    /// <param name="capture">Rows with SGR sequences.</param>
    /// <param name="columns">The width of the terminal.</param>
    /// <param name="cursor">The column and row of the cursor, from 0.</param>
    public static string Of(string capture, int columns, (int Column, int Row) cursor)
    {
        var rows = capture.TrimEnd('\n').Split('\n');
        var (width, height) = (Math.Round(columns * CellWidth) + 2 * Border, rows.Length * CellHeight + 2 * Border);
        var svg = new StringBuilder();
        _ = svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"
              role="img" aria-label="The console at a terminal">
            <rect width="100%" height="100%" rx="8" fill="{Background}"/>
            <g font-family="{Font}" font-size="14" fill="{Foreground}" xml:space="preserve">

            """
        );
        var style = new Style();
        foreach (var (index, row) in rows.Index())
        {
            DrawRow(svg, row, Border + 13 + index * CellHeight, ref style);
        }

        var (x, y) = (Border + cursor.Column * CellWidth, Border + cursor.Row * CellHeight);
        _ = svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            </g>
            <rect x="{x:0.0}" y="{y}" width="{CellWidth}" height="16" fill="{Foreground}"/>
            </svg>

            """
        );
        return svg.ToString();
    }

    private static void DrawRow(StringBuilder svg, string row, int y, ref Style style)
    {
        var run = new StringBuilder();
        var (column, start) = (0, 0);
        for (var at = 0; at < row.Length; )
        {
            var length = TerminalEscape.ElementLength(row, at, out var columns);
            var element = row.Substring(at, length);
            at += length;
            if (TerminalEscape.IsStyle(element))
            {
                Flush(style);
                style = style.After(element[2..^1]);
                continue;
            }

            // Fonts differ in how wide they draw these, so each has its own place.
            var isUneven = columns != 1 || element[0] > '\u2fff' || element[0] is >= '\u0590' and <= '\u05ff';
            if (isUneven || element == " " && run is [.., ' '] || run.Length == 0)
            {
                Flush(style);
            }

            _ = run.Append(element);
            column += columns;
            if (isUneven)
            {
                Flush(style);
            }
        }

        Flush(style);

        void Flush(Style current)
        {
            var text = run.ToString();
            if (text.Trim().Length > 0)
            {
                var x = Border + (start + text.Length - text.TrimStart(' ').Length) * CellWidth;
                _ = svg.Append(
                    CultureInfo.InvariantCulture,
                    $"<text x=\"{x:0.0}\" y=\"{y}\"{current}>{WebUtility.HtmlEncode(text.Trim(' '))}</text>\n"
                );
            }

            _ = run.Clear();
            start = column;
        }
    }

    private readonly record struct Style(string? Color, bool IsBold, bool IsFaint)
    {
        public Style After(string rendition)
        {
            var style = this;
            var codes = rendition
                .Split(';')
                .Select(code => code.Length == 0 ? 0 : int.Parse(code, CultureInfo.InvariantCulture))
                .ToList();
            for (var i = 0; i < codes.Count; i++)
            {
                style = codes[i] switch
                {
                    0 => default,
                    1 => style with { IsBold = true },
                    2 => style with { IsFaint = true },
                    22 => style with { IsBold = false, IsFaint = false },
                    39 => style with { Color = null },
                    >= 30 and <= 37 => style with { Color = Basic[codes[i] - 30] },
                    38 when codes[i + 1] == 5 => style with { Color = Cube(codes[i + 2]) },
                    _ => style,
                };
                i += codes[i] is 38 or 48 ? 2 : 0;
            }

            return style;
        }

        public override string ToString() =>
            (Color is null ? "" : $" fill=\"{Color}\"")
            + (IsBold ? " font-weight=\"bold\"" : "")
            + (IsFaint ? " opacity=\"0.6\"" : "");

        private static string Cube(int color) =>
            color < 8
                ? Basic[color]
                : $"#{Level((color - 16) / 36):x2}{Level((color - 16) / 6 % 6):x2}{Level((color - 16) % 6):x2}";

        private static int Level(int step) => step == 0 ? 0 : 55 + 40 * step;
    }
}
