using System.Globalization;
using System.Text.RegularExpressions;
using P2PChat.Peer.Cli.Terminal;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Emulates the escape sequences that the console uses. Throws on others.</summary>
internal sealed class ScreenEmulator(int width, int height)
{
    private const string StatusStart = "── ";

    private static readonly Regex Time = new(@"^\d\d:\d\d ");

    private readonly List<string?[]> _rows = [new string?[width]];
    private string _unfinished = "";
    private int _top;

    public int Row { get; private set; }

    public int Column { get; private set; }

    /// <summary>All rows, including those scrolled out, without trailing blanks and without the status row.</summary>
    public IReadOnlyList<string> Lines => StatusLine is null ? Rows : [.. Rows.SkipLast(1)];

    /// <summary><see cref="Lines"/> without the times at their beginnings.</summary>
    public IReadOnlyList<string> Untimed => [.. Lines.Select(line => Time.Replace(line, "", 1))];

    /// <summary>The title of the window; null if none was set.</summary>
    public string? Title { get; private set; }

    /// <summary>The texts of desktop notifications (OSC 9).</summary>
    public List<string> Notifications { get; } = [];

    /// <summary>The number of times that the bell rang.</summary>
    public int Bells { get; private set; }

    /// <summary>The URLs of hyperlinks (OSC 8), once for each part of a link.</summary>
    public List<string> Links { get; } = [];

    /// <summary>The status row: the last row, if it looks like one and the cursor is above it; else null.</summary>
    public string? StatusLine =>
        Row < _rows.Count - 1 && Rows[^1].StartsWith(StatusStart, StringComparison.Ordinal) ? Rows[^1] : null;

    /// <summary>The row with the cursor.</summary>
    public string CurrentLine => Rows[Row];

    private IReadOnlyList<string> Rows =>
        [.. _rows.Select(row => string.Concat(row.Select(cell => cell ?? " ")).TrimEnd())];

    public void Write(string output)
    {
        var text = _unfinished + output;
        _unfinished = "";
        for (var at = 0; at < text.Length; )
        {
            var length =
                text[at] == '\e' ? EscapeLength(text.AsSpan(at)) : StringInfo.GetNextTextElementLength(text.AsSpan(at));
            if (length == 0)
            {
                _unfinished = text[at..];
                return;
            }

            Apply(text.Substring(at, length));
            at += length;
        }
    }

    private void Apply(string element)
    {
        switch (element)
        {
            case "\r\n":
                Column = 0;
                LineFeed();
                break;
            case "\r":
                Column = 0;
                break;
            case "\n":
                LineFeed();
                break;
            case "\b":
                Column = Math.Max(0, Column - 1);
                break;
            case "\a":
                Bells++;
                break;
            case ['\e', '[', .. var rest]:
                Control(rest);
                break;
            case ['\e', ']', .. var command, '\e', '\\']:
                Command(command);
                break;
            case ['\e', ..]:
                break;
            default:
                Put(element);
                break;
        }
    }

    private void Control(string rest)
    {
        if (rest[0] == '?' || rest[^1] is 'm')
        {
            return;
        }

        var count = int.TryParse(rest[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 1;
        switch (rest[^1])
        {
            case 'A':
                Row = Math.Max(_top, Row - count);
                break;
            case 'C':
                Column = Math.Min(width - 1, Column + count);
                break;
            case 'B':
                Row = Math.Min(_rows.Count - 1, Row + count);
                break;
            case 'H' when rest.Length == 1:
                (Row, Column) = (_top, 0);
                break;
            case 'K' when rest.Length == 1:
                Array.Fill(_rows[Row], null, Column, width - Column);
                break;
            case 't':
                break;
            case 'J' when rest.Length == 1:
                _rows.RemoveRange(Row + 1, _rows.Count - Row - 1);
                Array.Fill(_rows[Row], null, Column, width - Column);
                break;
            default:
                throw new NotSupportedException($"The emulator does not know CSI {rest}.");
        }
    }

    private void Command(string command)
    {
        switch (command)
        {
            case ['2', ';', .. var title]:
                Title = title;
                break;
            case ['8', ';', .. var link]:
                if (link != ";")
                {
                    Links.Add(link[(link.IndexOf(';', StringComparison.Ordinal) + 1)..]);
                }

                break;
            case ['9', ';', .. var text]:
                Notifications.Add(text);
                break;
            default:
                throw new NotSupportedException($"The emulator does not know OSC {command}.");
        }
    }

    private void Put(string element)
    {
        var columns = DisplayWidth.Of(element);
        if (Column + columns > width)
        {
            Column = 0;
            LineFeed();
        }

        _rows[Row][Column] = element;
        for (var i = 1; i < columns; i++)
        {
            _rows[Row][Column + i] = "";
        }

        Column += columns;
    }

    private void LineFeed()
    {
        Row++;
        if (Row == _rows.Count)
        {
            _rows.Add(new string?[width]);
        }

        _top = Math.Max(_top, Row - height + 1);
    }

    // ESC [ parameters final, ESC ] ... ESC \, or ESC and one character. 0 if the sequence is incomplete.
    private static int EscapeLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        if (text[1] == '[')
        {
            return text[2..].IndexOfAnyInRange('@', '~') + 3 is var final and > 2 ? final : 0;
        }

        return text[1] != ']' ? 2
            : text.IndexOf("\e\\", StringComparison.Ordinal) is var end and > 0 ? end + 2
            : 0;
    }
}
