using System.Globalization;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Recognizes escape sequences (ECMA-48) in the program's own output.</summary>
internal static class TerminalEscape
{
    public const string LinkEnd = "\e]8;;\e\\";

    private const char Escape = '\e';
    private const string LinkStart = "\e]8;";
    private const string StringEnd = "\e\\";

    /// <summary>Whether an escape sequence opens or closes a hyperlink (OSC 8).</summary>
    public static bool IsLink(ReadOnlySpan<char> element) => element.StartsWith(LinkStart, StringComparison.Ordinal);

    /// <summary>Whether an escape sequence changes colours (SGR).</summary>
    public static bool IsStyle(ReadOnlySpan<char> element) => element is ['\e', '[', .., 'm'];

    /// <summary>The length of an escape sequence or a text element.</summary>
    /// <param name="columns">The columns that it takes.</param>
    public static int ElementLength(string text, int at, out int columns)
    {
        columns = 0;
        var rest = text.AsSpan(at);
        if (rest is [Escape, '[', ..] && rest[2..].IndexOfAnyInRange('@', '~') is var final and >= 0)
        {
            return final + 3;
        }

        if (rest is [Escape, ']', ..] && rest.IndexOf(StringEnd, StringComparison.Ordinal) is var end and > 0)
        {
            return end + StringEnd.Length;
        }

        var length = StringInfo.GetNextTextElementLength(rest);
        columns = DisplayWidth.Of(rest[..length]);
        return length;
    }

    /// <summary>The columns that a text takes.</summary>
    public static int Columns(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var columns = 0;
        for (var at = 0; at < text.Length; )
        {
            at += ElementLength(text, at, out var width);
            columns += width;
        }

        return columns;
    }
}
