using System.Text;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>A key, or a block that was pasted.</summary>
/// <param name="Paste">Null for a key. Its lines end with <c>\n</c>; neither its first nor its last line is empty.</param>
/// <param name="IsTooLong">Whether the block was longer than <see cref="BracketedPaste.MaxLength"/> and is left out.</param>
public readonly record struct TypedInput(ConsoleKeyInfo Key, string? Paste = null, bool IsTooLong = false);

/// <summary>
/// Finds pasted blocks among keys, by the marks that a terminal puts around them (xterm control sequences, "Bracketed
/// Paste Mode"). Not thread-safe, and no input or output of its own.
/// </summary>
public sealed class BracketedPaste
{
    /// <summary>Asks the terminal for the marks. A terminal that does not know them pastes line by line.</summary>
    public const string On = "\e[?2004h";

    public const string Off = "\e[?2004l";

    /// <summary>In UTF-16 units. A longer block cannot be a message and is not kept.</summary>
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

    /// <summary>Takes the next key.</summary>
    /// <returns>What is complete now.</returns>
    public IReadOnlyList<TypedInput> Take(ConsoleKeyInfo key)
    {
        // .NET reads an escape and the character after it as one key if nothing more has arrived yet.
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

        var released = Release();
        // It may begin another mark.
        return released.Count > 0 ? [.. released, .. Take(key)] : [new TypedInput(key)];
    }

    /// <summary>Releases the held keys, because nothing has followed them.</summary>
    public IReadOnlyList<TypedInput> Release()
    {
        TypedInput[] released = [.. _held.Select(key => new TypedInput(key))];
        _held.Clear();
        _mark = "";
        return released;
    }

    private TypedInput[] Collect(string text)
    {
        // A key such as an arrow has no character.
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
