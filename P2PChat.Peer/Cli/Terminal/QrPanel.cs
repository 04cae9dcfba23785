namespace P2PChat.Peer.Cli.Terminal;

/// <summary>A QR code with lines of text next to it or below it, for one screen.</summary>
internal static class QrPanel
{
    private const string Gap = "  ";

    // Enough for groups of digits, and for about six words per row.
    private const int MinTextColumns = 24;

    // The prompt and the status row.
    private const int RowsBelow = 2;

    /// <param name="code">The rows of the code.</param>
    /// <param name="size">The terminal's width and height.</param>
    /// <returns>The text and a hint if the code does not fit: a broken code cannot be scanned.</returns>
    public static IReadOnlyList<string> Draw(
        IReadOnlyList<string> code,
        IReadOnlyList<string> text,
        (int Width, int Height) size,
        Ink ink
    )
    {
        if (code.Count == 0 || !ink.IsUnicode)
        {
            return text;
        }

        var columns = code[0].Length;
        var rows = code.Select(ink.LightOnDark).ToList();
        var room = size.Height - RowsBelow;
        var beside = size.Width - columns - Gap.Length - 1;
        if (beside >= MinTextColumns)
        {
            var wrapped = text.SelectMany(line => WordWrap.Rows(line, beside, "")).ToList();
            if (rows.Count <= room && wrapped.Count < rows.Count)
            {
                // The first row is the margin of the code.
                return [.. rows.Select((row, index) => Beside(row, wrapped.ElementAtOrDefault(index - 1)))];
            }
        }

        var below = text.Where(line => line.Length > 0).ToList();
        var (neededColumns, neededRows) = (columns + Gap.Length + 1 + MinTextColumns, rows.Count + RowsBelow);
        return columns <= size.Width && rows.Count + below.Sum(line => WordWrap.Rows(line, size.Width).Count) <= room
            ? [.. rows, .. below]
            :
            [
                .. below,
                ink.Quiet($"A terminal with {neededColumns} columns and {neededRows} rows also shows a QR code."),
            ];
    }

    private static string Beside(string row, string? text) => string.IsNullOrEmpty(text) ? row : $"{row}{Gap}{text}";
}
