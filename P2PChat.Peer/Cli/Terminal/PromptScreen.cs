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
/// <param name="signals">Sets the title of the terminal's window; null to leave it.</param>
public sealed class PromptScreen(
    TextWriter output,
    string prompt,
    Func<(int Width, int Height)> size,
    Ink? ink = null,
    Func<int, string>? status = null,
    TerminalSignals? signals = null
)
{
    // CUU, CUF, CUP, ED (ECMA-48); DECAWM (DEC). Without auto-wrap, an unexpectedly wide character starts no new row.
    private const string AutoWrapOff = "\e[?7l";
    private const string AutoWrapOn = "\e[?7h";
    private const string EraseBelow = "\e[J";
    private const string EraseAll = "\e[H\e[J";
    private const string NewLine = "\r\n";

    private readonly Lock _gate = new();
    private readonly TrackedLines _tracked = new();
    private string _prompt = prompt;
    private string _text = "";
    private int _cursor;
    private DrawnPrompt? _shown;
    private bool _isSuspended;
    private bool _hasBegun;

    /// <summary>The text before the line.</summary>
    public string Prompt
    {
        get
        {
            lock (_gate)
            {
                return _prompt;
            }
        }
        set
        {
            lock (_gate)
            {
                if (value != _prompt)
                {
                    _prompt = value;
                    Redraw();
                }
            }
        }
    }

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
            _tracked.Resized(size());
            if (_shown is not null)
            {
                Draw(_text, _cursor);
            }
        }
    }

    /// <summary>Prints a line above the prompt.</summary>
    public void Print(string line) => Print(width => WordWrap.Rows(line, width));

    /// <summary>Prints rows above the prompt.</summary>
    /// <param name="draw">Draws them for a terminal of this width.</param>
    public void Print(Func<int, IReadOnlyList<string>> draw)
    {
        lock (_gate)
        {
            _ = PrintRows(draw);
        }
    }

    /// <summary>Prints a message above the prompt, for <see cref="Update"/>.</summary>
    /// <param name="draw">
    /// Draws it in a state for a terminal of this width. Only a state with the same number of rows can follow.
    /// </param>
    public void PrintTracked<T>(object id, T state, Func<T, int, IReadOnlyList<string>> draw)
        where T : notnull
    {
        lock (_gate)
        {
            _tracked.Add(id, PrintRows(width => draw(state, width)), (next, width) => draw((T)next, width));
        }
    }

    /// <summary>Redraws a tracked message with a new state, unless it has left the screen.</summary>
    /// <param name="state">Of the same type as when it was printed.</param>
    public void Update(object id, object state)
    {
        lock (_gate)
        {
            _tracked.Resized(size());
            var (above, below, column) = _shown is { } shown
                ? (shown.CursorRow, shown.Rows - 1 - shown.CursorRow + (status is null ? 0 : 1), shown.CursorColumn)
                : (0, 0, 0);
            if (_tracked.Update(id, state, above, below, column) is { } drawn)
            {
                Write(new StringBuilder(drawn));
            }
        }
    }

    /// <summary>Writes an escape sequence that shows nothing, such as a bell, unless suspended.</summary>
    public void Send(string sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        lock (_gate)
        {
            if (_hasBegun && sequence.Length > 0)
            {
                Write(new StringBuilder(sequence));
            }
        }
    }

    /// <summary>Prepares the terminal.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _hasBegun = true;
            Write(new StringBuilder(BracketedPaste.On).Append(signals?.Begin()));
        }
    }

    /// <summary>Restores the terminal.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasBegun = false;
            Write(new StringBuilder(signals?.End()).Append(BracketedPaste.Off));
        }
    }

    /// <summary>Hands the terminal to the shell until <see cref="Resume"/>.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _isSuspended = _shown is not null;
            Leave();
            End();
            _tracked.Forget();
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

    /// <summary>Removes the line, and continues printing in its place.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            var drawn = new StringBuilder();
            Erase(drawn);
            Write(drawn);
        }
    }

    /// <summary>Clears the terminal, and shows the line in its first row.</summary>
    public void ClearAll()
    {
        lock (_gate)
        {
            _tracked.Forget();
            _shown = null;
            Write(new StringBuilder(EraseAll));
            Draw(_text, _cursor);
        }
    }

    /// <summary>Keeps the line where it is, and continues printing below it.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (_shown is not { } shown)
            {
                return;
            }

            var drawn = new StringBuilder();
            for (var row = shown.CursorRow; row < shown.Rows; row++)
            {
                _ = drawn.Append(NewLine);
            }

            if (status is not null)
            {
                _ = drawn.Append(EraseBelow);
            }

            _tracked.Printed(shown.Rows);
            _shown = null;
            Write(drawn);
        }
    }

    private IReadOnlyList<string> PrintRows(Func<int, IReadOnlyList<string>> draw)
    {
        var drawn = new StringBuilder();
        var wasShown = _shown is not null;
        Erase(drawn);
        var current = size();
        _tracked.Resized(current);
        var rows = draw(current.Width);
        foreach (var row in rows)
        {
            var columns = TerminalEscape.Columns(row);
            var isLeftToTerminal = columns > current.Width;
            _ = isLeftToTerminal
                ? drawn.Append(AutoWrapOn).Append(row).Append(NewLine).Append(AutoWrapOff)
                : drawn.Append(row).Append(NewLine);
            if (isLeftToTerminal && !Ascii.IsValid(row))
            {
                // Terminals differ in the number of rows that it takes.
                _tracked.Forget();
            }

            _tracked.Printed(isLeftToTerminal ? (columns + current.Width - 1) / current.Width : 1);
        }

        if (wasShown)
        {
            Draw(drawn);
        }

        Write(drawn);
        return rows;
    }

    private void Erase(StringBuilder drawn)
    {
        if (_shown is not { } shown)
        {
            return;
        }

        if (shown.CursorRow > 0)
        {
            _ = drawn.Append(CultureInfo.InvariantCulture, $"\e[{shown.CursorRow}A");
        }

        _ = drawn.Append('\r').Append(EraseBelow);
        _shown = null;
    }

    private void Draw(StringBuilder drawn) =>
        _shown = DrawnPrompt.Draw(drawn, (_prompt, _text, _cursor), size(), ink, status);

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
