using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The effect of a key.</summary>
public enum KeyOutcome
{
    /// <summary>The line or the cursor may have changed.</summary>
    Editing,

    /// <summary>The line is complete: see <see cref="LineEditor.TakeLine"/>.</summary>
    Submitted,

    /// <summary>The user leaves with Ctrl-D on an empty line.</summary>
    Ended,

    /// <summary>The user pressed Ctrl-C on an empty line.</summary>
    Interrupted,

    /// <summary>The user asks to complete the word before the cursor.</summary>
    Completion,
}

/// <summary>
/// Edits a line, or several of one message. Does no input or output. The cursor moves by text elements, which users see
/// as one character.
/// </summary>
public sealed class LineEditor
{
    private readonly StringBuilder _text = new();
    private readonly LineHistory _history = new();
    private HistorySearch? _search;
    private string _killed = "";
    private char? _highSurrogate;

    public string Text => _text.ToString();

    /// <summary>In UTF-16 units, from 0 to the length of <see cref="Text"/>.</summary>
    public int Cursor { get; private set; }

    /// <summary>The prompt of a search in the history; null if there is no search.</summary>
    public string? SearchPrompt =>
        _search is { } search ? $"{(search.HasFailed ? "not found" : "search")} '{search.Query}': " : null;

    public KeyOutcome Press(ConsoleKeyInfo key)
    {
        if (_search is not null && PressInSearch(key))
        {
            return KeyOutcome.Editing;
        }

        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        var alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        switch (key.Key)
        {
            case ConsoleKey.Enter when alt:
                Insert("\n");
                break;
            case ConsoleKey.Enter:
                return KeyOutcome.Submitted;
            case ConsoleKey.Tab:
                return KeyOutcome.Completion;
            case ConsoleKey.C when control && _text.Length == 0:
                return KeyOutcome.Interrupted;
            case ConsoleKey.D when control && _text.Length == 0:
                return KeyOutcome.Ended;
            case ConsoleKey.C when control:
                Kill(0, _text.Length);
                break;
            case ConsoleKey.R when control:
                _search = new HistorySearch(_history.Lines, Text);
                break;
            case ConsoleKey.LeftArrow when control || alt:
            case ConsoleKey.B when alt:
                Cursor = WordBefore();
                break;
            case ConsoleKey.RightArrow when control || alt:
            case ConsoleKey.F when alt:
                Cursor = WordAfter();
                break;
            case ConsoleKey.LeftArrow:
            case ConsoleKey.B when control:
                Cursor = ElementBefore();
                break;
            case ConsoleKey.RightArrow:
            case ConsoleKey.F when control:
                Cursor = ElementAfter();
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                Cursor = TextLines.StartOf(Text, Cursor);
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                Cursor = TextLines.EndOf(Text, Cursor);
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when control:
                GoUp();
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when control:
                GoDown();
                break;
            case ConsoleKey.Backspace when control || alt:
            case ConsoleKey.W when control:
                Kill(WordBefore(), Cursor);
                break;
            case ConsoleKey.Backspace:
            case ConsoleKey.H when control:
                Remove(ElementBefore(), Cursor);
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when control:
                Remove(Cursor, ElementAfter());
                break;
            case ConsoleKey.U when control:
                Kill(0, Cursor);
                break;
            case ConsoleKey.K when control:
                Kill(Cursor, _text.Length);
                break;
            case ConsoleKey.Y when control:
                Insert(_killed);
                break;
            default:
                Type(key.KeyChar);
                break;
        }

        return KeyOutcome.Editing;
    }

    /// <summary>Returns the line, adds it to the history, and clears the editor.</summary>
    public string TakeLine()
    {
        var line = Text;
        _history.Add(line);
        Replace("");
        return line;
    }

    /// <summary>Moves the cursor to the start of the text.</summary>
    public void GoToStart() => Cursor = 0;

    /// <summary>Replaces the line. The cursor goes to its end.</summary>
    public void Replace(string text)
    {
        _search = null;
        _ = _text.Clear().Append(text);
        Cursor = text.Length;
    }

    public void Insert(string text)
    {
        _search = null;
        _ = _text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    private void Type(char c)
    {
        if (Complete(c) is { } typed)
        {
            Insert(typed);
        }
    }

    // A character outside the basic plane arrives as two keys.
    private string? Complete(char c)
    {
        var high = _highSurrogate;
        _highSurrogate = char.IsHighSurrogate(c) ? c : null;
        return char.IsLowSurrogate(c)
            ? high is { } first
                ? string.Concat(first.ToString(), c.ToString())
                : null
            : char.IsControl(c) || char.IsSurrogate(c)
                ? null
                : c.ToString();
    }

    // Within several lines, up to the first or the last.
    private void GoUp()
    {
        if (TextLines.Above(Text, Cursor) is { } above)
        {
            Cursor = above;
        }
        else
        {
            Recall(-1);
        }
    }

    private void GoDown()
    {
        if (TextLines.Below(Text, Cursor) is { } below)
        {
            Cursor = below;
        }
        else
        {
            Recall(1);
        }
    }

    private void Recall(int by)
    {
        if (_history.Move(by, Text) is { } line)
        {
            Replace(line);
        }
    }

    /// <returns>Whether the key belongs to the search. Another key ends it and edits the found line.</returns>
    private bool PressInSearch(ConsoleKeyInfo key)
    {
        var search = _search!;
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        switch (key.Key)
        {
            case ConsoleKey.R when control:
                search.Continue();
                break;
            case ConsoleKey.Escape:
            case ConsoleKey.C or ConsoleKey.G when control:
                Replace(search.Draft);
                return true;
            case ConsoleKey.Backspace:
            case ConsoleKey.H when control:
                if (search.Query.Length > 0)
                {
                    search.Erase(TextLines.LastElementLength(search.Query));
                }

                break;
            default:
                if (char.IsControl(key.KeyChar) || key.Modifiers.HasFlag(ConsoleModifiers.Alt))
                {
                    _search = null;
                    return false;
                }

                if (Complete(key.KeyChar) is { } typed)
                {
                    search.Type(typed);
                }

                break;
        }

        _ = _text.Clear().Append(search.Found);
        Cursor = search.Cursor;
        return true;
    }

    private void Remove(int from, int to)
    {
        _ = _text.Remove(from, to - from);
        Cursor = from;
    }

    private void Kill(int from, int to)
    {
        if (from == to)
        {
            return;
        }

        _killed = _text.ToString(from, to - from);
        Remove(from, to);
    }

    private int ElementAfter() => TextLines.ElementAfter(Text, Cursor);

    private int ElementBefore() => Cursor - TextLines.LastElementLength(Text[..Cursor]);

    private int WordBefore()
    {
        var at = Cursor;
        while (at > 0 && IsBlank(_text[at - 1]))
        {
            at--;
        }

        while (at > 0 && !IsBlank(_text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int WordAfter()
    {
        var at = Cursor;
        while (at < _text.Length && IsBlank(_text[at]))
        {
            at++;
        }

        while (at < _text.Length && !IsBlank(_text[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsBlank(char c) => c is ' ' or '\n';
}
