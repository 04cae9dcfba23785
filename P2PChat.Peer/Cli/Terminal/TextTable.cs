using System.Globalization;
using P2PChat.Node.Model;
using Spectre.Console;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Draws tables for a terminal. Text wraps within its column.</summary>
/// <param name="size">Returns the width and height of the terminal, in columns and rows.</param>
internal sealed class TextTable(Func<(int Width, int Height)> size, Ink ink)
{
    public static readonly Style Plain = Style.Plain;
    public static readonly Style Name = new(Color.Teal, decoration: Decoration.Bold);
    public static readonly Style Quiet = new(decoration: Decoration.Dim);
    public static readonly Style Good = new(Color.Green);
    public static readonly Style Attention = new(Color.Olive);
    public static readonly Style Alarm = new(Color.Maroon);

    private const int MinWidth = 20;

    /// <param name="heads">The heads of the columns; empty for none.</param>
    public string[] Draw(string[] heads, IEnumerable<TextCell[]> rows)
    {
        var cells = rows.ToList();
        var table = new Table { Border = TableBorder.None, ShowHeaders = heads.Length > 0 };
        for (var column = 0; column < cells[0].Length; column++)
        {
            var head = heads.Length > 0 ? heads[column] : "";
            var isEmpty = head.Length == 0 && cells.TrueForAll(row => row[column].Text.Length == 0);
            _ = table.AddColumn(
                new TableColumn(new Text(head, Styled(Quiet)))
                {
                    Padding = new Padding(0, 0, isEmpty || column == cells[0].Length - 1 ? 0 : 2, 0),
                    NoWrap = column == 0 && size().Width > 2 * MinWidth,
                }
            );
        }

        foreach (var row in cells)
        {
            _ = table.AddRow(row.Select(cell => new Text(SafeText.Show(cell.Text), Styled(cell.Style))));
        }

        return Write(table);
    }

    private Style Styled(Style style) => ink.IsColored ? style : Plain;

    private string[] Write(Table table)
    {
        using var drawn = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                // Otherwise Spectre resets the colours of System.Console for each cell, even though it writes
                // elsewhere.
                Ansi = AnsiSupport.Yes,
                ColorSystem = ink.Colors switch
                {
                    TerminalColors.None => ColorSystemSupport.NoColors,
                    TerminalColors.Sixteen => ColorSystemSupport.Standard,
                    _ => ColorSystemSupport.EightBit,
                },
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(drawn),
                Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            }
        );
        console.Profile.Width = Math.Max(MinWidth, size().Width - 1);
        console.Write(table);
        return [.. drawn.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
    }
}

/// <summary>A cell of a <see cref="TextTable"/>.</summary>
internal sealed record TextCell(string Text, Style Style);
