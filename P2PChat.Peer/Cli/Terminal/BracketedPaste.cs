using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>A key, or a pasted block.</summary>
/// <param name="Paste">The pasted text, with <c>\n</c> between lines and not at the ends; null for a key.</param>
/// <param name="IsTooLong">Whether the text exceeded <see cref="BracketedPaste.MaxLength"/> and was dropped.</param>
public readonly record struct TypedInput(ConsoleKeyInfo Key, string? Paste = null, bool IsTooLong = false);

/// <summary>
/// Finds pasted blocks among keys by the marks that the terminal puts around them (xterm, "Bracketed Paste Mode").
/// Does no input or output. Not thread-safe.
/// </summary>
public sealed class BracketedPaste
{
    /// <summary>Turns the marks on. A terminal without them pastes line by line.</summary>
    public const string On = "\e[?2004h";

    /// <summary>Turns the marks off.</summary>
    public const string Off = "\e[?2004l";

    /// <summary>The maximum length of a block, in UTF-16 units. A longer one cannot be a message.</summary>
    public const int MaxLength = 64 * 1024;

    private const string Begin = "\e[200~";
    private const string End = "\e[201~";

    private readonly List<ConsoleKeyInfo> _held = [];
    private readonly StringBuilder _pasted = new();
    private string _mark = "";
    private bool _isPasting;
    private bool _isTooLong;

    /// <summary>Whether keys are held back because they may be the beginning of a mark.</summary>
    public bool HoldsKeys => _held.Count > 0;

    /// <summary>Adds the next key.</summary>
    /// <returns>The inputs that are now complete.</returns>
    public IReadOnlyList<TypedInput> Take(ConsoleKeyInfo key)
    {
        // .NET reads an escape and the next character as one key with Alt if no more characters have arrived.
        var text = key.Modifiers.HasFlag(ConsoleModifiers.Alt) ? $"\e{key.KeyChar}" : key.KeyChar.ToString();
        if (_isPasting)
        {
            return Collect(text);
        }

        if (Begin.StartsWith(_mark + text, StringComparison.Ordinal))
        {
            _held.Add(key);
            _mark += text;
            if (_mark != Begin)
            {
                return [];
            }

            _held.Clear();
            (_mark, _isPasting) = ("", true);
            return [];
        }

        if (_mark == "\e" && key is { Key: ConsoleKey.Enter, Modifiers: 0 })
        {
            // Alt-Enter: .NET splits it if more keys have arrived. Read as two keys, it would send half a message.
            _ = Release();
            return [new TypedInput(new ConsoleKeyInfo(key.KeyChar, key.Key, shift: false, alt: true, control: false))];
        }

        var released = Release();
        // This key may begin another mark.
        return released.Count > 0 ? [.. released, .. Take(key)] : [new TypedInput(key)];
    }

    /// <summary>Releases the held keys as keys, after a pause.</summary>
    public IReadOnlyList<TypedInput> Release()
    {
        TypedInput[] released = [.. _held.Select(key => new TypedInput(key))];
        _held.Clear();
        _mark = "";
        return released;
    }

    private TypedInput[] Collect(string text)
    {
        // Keys such as arrows have no character.
        _ = _pasted.Append(text.Replace("\0", "", StringComparison.Ordinal));
        if (_pasted.Length > MaxLength + End.Length)
        {
            _isTooLong = true;
            _ = _pasted.Remove(0, _pasted.Length - End.Length);
        }

        if (
            text != "~"
            || _pasted.Length < End.Length
            || _pasted.ToString(_pasted.Length - End.Length, End.Length) != End
        )
        {
            return [];
        }

        var input = new TypedInput(
            default,
            _isTooLong ? "" : Clean(_pasted.ToString(0, _pasted.Length - End.Length)),
            _isTooLong
        );
        _ = _pasted.Clear();
        (_isPasting, _isTooLong) = (false, false);
        return [input];
    }

    private static string Clean(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Trim('\n');
        return string.Concat(lines.Where(c => c is '\n' or '\t' || !char.IsControl(c)));
    }
}
