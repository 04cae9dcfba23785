using System.Globalization;
using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// The prompt at the bottom of a terminal, and the lines that are printed above it. Each call is one write, so that
/// nothing is seen half done. Thread-safe.
/// </summary>
/// <param name="size">Width and height of the terminal, in characters.</param>
/// <param name="ink">For the prompt.</param>
/// <param name="status">One row to show below the line, of at most so many columns; null for none.</param>
public sealed class PromptScreen(
    TextWriter output,
    string prompt,
    Func<(int Width, int Height)> size,
    Ink? ink = null,
    Func<int, string>? status = null
)
{
    // ECMA-48: CUU, CUF, ED; DEC: DECAWM. Without auto-wrap, a character drawn wider than expected begins no row.
    private const string AutoWrapOff = "\e[?7l";
    private const string AutoWrapOn = "\e[?7h";
    private const string EraseBelow = "\e[J";
    private const string NewLine = "\r\n";

    private readonly Lock _gate = new();
    private string _text = "";
    private int _cursor;
    private bool _shown;
    private int _cursorRow;
    private int _rows;
    private bool _isSuspended;

    /// <summary>Shows the line as it now stands.</summary>
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

    /// <summary>Shows the line once more, where the terminal has changed under it.</summary>
    public void Redraw()
    {
        lock (_gate)
        {
            if (!_shown)
            {
                return;
            }

            var drawn = new StringBuilder();
            Erase(drawn);
            Draw(drawn);
            Write(drawn);
        }
    }

    /// <summary>Prints above the line that is being typed.</summary>
    public void Print(string line)
    {
        lock (_gate)
        {
            var drawn = new StringBuilder();
            var wasShown = _shown;
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

    /// <summary>Asks the terminal to mark what is pasted.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            Write(new StringBuilder(BracketedPaste.On));
        }
    }

    /// <summary>Leaves the terminal as it was.</summary>
    public void End()
    {
        lock (_gate)
        {
            Write(new StringBuilder(BracketedPaste.Off));
        }
    }

    /// <summary>Leaves the terminal to the shell until <see cref="Resume"/>.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _isSuspended = _shown;
            Leave();
            End();
        }
    }

    /// <summary>Takes the terminal back.</summary>
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

    /// <summary>Leaves the line where it is and goes below it: what is printed from now on comes there.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (!_shown)
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

            _shown = false;
            Write(drawn);
        }
    }

    private void Erase(StringBuilder drawn)
    {
        if (!_shown)
        {
            return;
        }

        if (_cursorRow > 0)
        {
            _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{_cursorRow}A");
        }

        _ = drawn.Append('\r').Append(EraseBelow);
        _shown = false;
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

        (_shown, _cursorRow, _rows) = (true, layout.CursorRow, layout.Rows.Count);
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
            // The terminal is gone; the signal that says so is on its way.
        }
    }
}
