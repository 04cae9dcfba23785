using System.Globalization;
using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Shows the prompt at the bottom of a terminal, and prints lines above it. Each call is one write, so that the user
/// sees no intermediate state. Thread-safe.
/// </summary>
/// <param name="size">Returns the width and height of the terminal, in columns and rows.</param>
/// <param name="ink">Colours the prompt.</param>
/// <param name="status">Draws the row below the line, at most as wide as its argument; null for none.</param>
public sealed class PromptScreen(
    TextWriter output,
    string prompt,
    Func<(int Width, int Height)> size,
    Ink? ink = null,
    Func<int, string>? status = null
)
{
    // CUU, CUF, ED (ECMA-48); DECAWM (DEC). Without auto-wrap, an unexpectedly wide character starts no new row.
    private const string AutoWrapOff = "\e[?7l";
    private const string AutoWrapOn = "\e[?7h";
    private const string EraseBelow = "\e[J";
    private const string NewLine = "\r\n";

    private readonly Lock _gate = new();
    private string _text = "";
    private int _cursor;
    private bool _isShown;
    private int _cursorRow;
    private int _rows;
    private bool _isSuspended;

    /// <summary>Shows this line.</summary>
    public void Draw(string text, int cursor)
    {
        lock (_gate)
        {
            (_text, _cursor) = (text, cursor);
            var drawn = new StringBuilder();
            Erase(drawn);
            Draw(drawn);
            Write(drawn);
        }
    }

    /// <summary>Shows the line again, after the terminal or the status has changed.</summary>
    public void Redraw()
    {
        lock (_gate)
        {
            if (!_isShown)
            {
                return;
            }

            var drawn = new StringBuilder();
            Erase(drawn);
            Draw(drawn);
            Write(drawn);
        }
    }

    /// <summary>Prints a line above the prompt.</summary>
    public void Print(string line)
    {
        lock (_gate)
        {
            var drawn = new StringBuilder();
            var wasShown = _isShown;
            Erase(drawn);
            var (width, _) = size();
            if (WordWrap.IsLeftToTerminal(line, width))
            {
                _ = drawn.Append(AutoWrapOn);
            }

            foreach (var row in WordWrap.Rows(line, width))
            {
                _ = drawn.Append(row).Append(NewLine);
            }

            _ = drawn.Append(AutoWrapOff);
            if (wasShown)
            {
                Draw(drawn);
            }

            Write(drawn);
        }
    }

    /// <summary>Prepares the terminal.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            Write(new StringBuilder(BracketedPaste.On));
        }
    }

    /// <summary>Restores the terminal.</summary>
    public void End()
    {
        lock (_gate)
        {
            Write(new StringBuilder(BracketedPaste.Off));
        }
    }

    /// <summary>Hands the terminal to the shell until <see cref="Resume"/>.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _isSuspended = _isShown;
            Leave();
            End();
        }
    }

    /// <summary>Takes the terminal back after <see cref="Suspend"/>.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            Begin();
            if (_isSuspended)
            {
                Draw(_text, _cursor);
            }
            else
            {
                Redraw();
            }

            _isSuspended = false;
        }
    }

    /// <summary>Keeps the line where it is, and continues printing below it.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (!_isShown)
            {
                return;
            }

            var drawn = new StringBuilder();
            for (var row = _cursorRow; row < _rows; row++)
            {
                _ = drawn.Append(NewLine);
            }

            if (status is not null)
            {
                _ = drawn.Append(EraseBelow);
            }

            _isShown = false;
            Write(drawn);
        }
    }

    private void Erase(StringBuilder drawn)
    {
        if (!_isShown)
        {
            return;
        }

        if (_cursorRow > 0)
        {
            _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{_cursorRow}A");
        }

        _ = drawn.Append('\r').Append(EraseBelow);
        _isShown = false;
    }

    private void Draw(StringBuilder drawn)
    {
        var (width, height) = size();
        var layout = LineLayout.Of(prompt, _text, _cursor, width, status is null ? height : height - 1);
        var first = layout.Rows[0];
        _ =
            ink is not null && first.StartsWith(prompt, StringComparison.Ordinal)
                ? drawn.Append(ink.Name(prompt)).Append(first, prompt.Length, first.Length - prompt.Length)
                : drawn.Append(first);
        foreach (var row in layout.Rows.Skip(1))
        {
            _ = drawn.Append(NewLine).Append(row);
        }

        var up = layout.Rows.Count - 1 - layout.CursorRow;
        if (status is not null)
        {
            _ = drawn.Append(NewLine).Append(status(Math.Max(1, width - 1)));
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

        (_isShown, _cursorRow, _rows) = (true, layout.CursorRow, layout.Rows.Count);
    }

    private void Write(StringBuilder drawn)
    {
        try
        {
            output.Write($"{AutoWrapOff}{drawn}{AutoWrapOn}");
            output.Flush();
        }
        catch (IOException)
        {
            // The terminal has gone. A signal will end the process.
        }
    }
}
