using System.Globalization;
using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The effect of a key.</summary>
public enum KeyOutcome
{
    /// <summary>The line or the cursor may have changed.</summary>
    Editing,

    /// <summary>The line is complete: see <see cref="LineEditor.TakeLine"/>.</summary>
    Submitted,

    /// <summary>The user ends the session.</summary>
    Ended,

    /// <summary>The user asks to complete the word before the cursor.</summary>
    Completion,
}

/// <summary>
/// Edits a line. Does no input or output. The cursor moves by text elements, which users see as one character.
/// </summary>
public sealed class LineEditor
{
    private const int MaxHistory = 500;

    private readonly StringBuilder _text = new();
    private readonly List<string> _history = [];
    private int _historyIndex;
    private string _draft = "";
    private string _killed = "";
    private char? _highSurrogate;

    public string Text => _text.ToString();

    /// <summary>In UTF-16 units, from 0 to the length of <see cref="Text"/>.</summary>
    public int Cursor { get; private set; }

    public KeyOutcome Press(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        var alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return KeyOutcome.Submitted;
            case ConsoleKey.Tab:
                return KeyOutcome.Completion;
            case ConsoleKey.C when control:
            case ConsoleKey.D when control && _text.Length == 0:
                return KeyOutcome.Ended;
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
                Cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                Cursor = _text.Length;
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when control:
                Recall(_historyIndex - 1);
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when control:
                Recall(_historyIndex + 1);
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
        if (!string.IsNullOrWhiteSpace(line) && _history.LastOrDefault() != line)
        {
            _history.Add(line);
        }

        if (_history.Count > MaxHistory)
        {
            _history.RemoveAt(0);
        }

        _historyIndex = _history.Count;
        _draft = "";
        Replace("");
        return line;
    }

    public void Insert(string text)
    {
        _ = _text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    // A character outside the basic plane arrives as two keys.
    private void Type(char c)
    {
        if (char.IsHighSurrogate(c))
        {
            _highSurrogate = c;
            return;
        }

        if (char.IsLowSurrogate(c))
        {
            if (_highSurrogate is { } high)
            {
                Insert(string.Concat(high.ToString(), c.ToString()));
            }
        }
        else if (!char.IsControl(c))
        {
            Insert(c.ToString());
        }

        _highSurrogate = null;
    }

    private void Recall(int index)
    {
        if (index < 0 || index > _history.Count)
        {
            return;
        }

        if (_historyIndex == _history.Count)
        {
            _draft = Text;
        }

        _historyIndex = index;
        Replace(index == _history.Count ? _draft : _history[index]);
    }

    private void Replace(string text)
    {
        _ = _text.Clear().Append(text);
        Cursor = text.Length;
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

    private int ElementAfter() =>
        Cursor == _text.Length ? Cursor : Cursor + StringInfo.GetNextTextElementLength(Text.AsSpan(Cursor));

    private int ElementBefore()
    {
        var text = Text.AsSpan();
        var (at, before) = (0, 0);
        while (at < Cursor)
        {
            before = at;
            at += StringInfo.GetNextTextElementLength(text[at..]);
        }

        return before;
    }

    private int WordBefore()
    {
        var at = Cursor;
        while (at > 0 && _text[at - 1] == ' ')
        {
            at--;
        }

        while (at > 0 && _text[at - 1] != ' ')
        {
            at--;
        }

        return at;
    }

    private int WordAfter()
    {
        var at = Cursor;
        while (at < _text.Length && _text[at] == ' ')
        {
            at++;
        }

        while (at < _text.Length && _text[at] != ' ')
        {
            at++;
        }

        return at;
    }
}
