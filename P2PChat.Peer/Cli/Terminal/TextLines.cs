using System.Globalization;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Finds positions in a text of several lines, in UTF-16 units.</summary>
internal static class TextLines
{
    /// <summary>The start of the line that contains a position.</summary>
    public static int StartOf(string text, int at) => text.AsSpan(0, at).LastIndexOf('\n') + 1;

    /// <summary>The end of the line that contains a position.</summary>
    public static int EndOf(string text, int at) => text.IndexOf('\n', at) is var end and >= 0 ? end : text.Length;

    /// <summary>The position above another one; null in the first line.</summary>
    public static int? Above(string text, int at) =>
        StartOf(text, at) is var start and > 0
            ? Find(text, StartOf(text, start - 1), TerminalEscape.Columns(text[start..at]))
            : null;

    /// <summary>The position below another one; null in the last line.</summary>
    public static int? Below(string text, int at) =>
        EndOf(text, at) is var end && end < text.Length
            ? Find(text, end + 1, TerminalEscape.Columns(text[StartOf(text, at)..at]))
            : null;

    /// <summary>The end of the text element at a position.</summary>
    public static int ElementAfter(string text, int at) =>
        at == text.Length ? at : at + StringInfo.GetNextTextElementLength(text.AsSpan(at));

    /// <summary>The length of the text element at the end of a text; 0 if it is empty.</summary>
    public static int LastElementLength(string text)
    {
        var length = 0;
        for (var at = 0; at < text.Length; at += length)
        {
            length = StringInfo.GetNextTextElementLength(text.AsSpan(at));
        }

        return length;
    }

    // The last position in the line that is not beyond the column.
    private static int Find(string text, int start, int column)
    {
        var (at, end) = (start, EndOf(text, start));
        for (var left = column; at < end; )
        {
            var length = TerminalEscape.ElementLength(text, at, out var columns);
            left -= columns;
            if (left < 0)
            {
                break;
            }

            at += length;
        }

        return at;
    }
}
