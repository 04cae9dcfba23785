namespace P2PChat.Node.Backup;

/// <summary>The passphrase of a backup.</summary>
public static class Passphrase
{
    public const int MinLength = 8;
    public const int MaxLength = 1024;

    /// <summary>Checks a passphrase for a new backup.</summary>
    /// <returns>A sentence for the user; null if the passphrase is valid.</returns>
    public static string? ValidationError(string passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        return ForNewBackup(passphrase).Length is >= MinLength and <= MaxLength
            ? null
            : $"A passphrase has {MinLength} to {MaxLength} characters. Use several words that nobody can guess.";
    }

    /// <summary>
    /// Normalizes a new backup's passphrase to NFC, because keyboards and systems type é as one code point or two.
    /// </summary>
    public static string ForNewBackup(string passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        return CanonicalForm.Compose(passphrase);
    }

    /// <summary>
    /// Lists the forms that may open a backup: as typed, NFC and NFD. Earlier versions did not normalize it.
    /// </summary>
    public static IEnumerable<string> ForOldBackup(string passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        return new[] { passphrase, CanonicalForm.Compose(passphrase), CanonicalForm.Decompose(passphrase) }.Distinct(
            StringComparer.Ordinal
        );
    }

    /// <summary>Reads the first line of a file, which only its owner should be able to read.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read the file.</exception>
    public static string FromFile(string path)
    {
        using var reader = new StreamReader(path);
        return FromReader(reader) ?? "";
    }

    /// <summary>Reads the first line, up to one character more than a passphrase may have.</summary>
    /// <returns>Null at the end of input.</returns>
    public static string? FromReader(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var line = new System.Text.StringBuilder();
        while (line.Length <= MaxLength)
        {
            switch (reader.Read())
            {
                case -1:
                    return line.Length == 0 ? null : line.ToString();
                case '\n':
                    return line.ToString().TrimEnd('\r');
                case var c:
                    _ = line.Append((char)c);
                    break;
            }
        }

        return line.ToString();
    }

    /// <summary>
    /// Asks at the terminal without echo, or reads the first line of standard input if that is not a terminal. The
    /// question goes to standard error, so that the program's output stays clean.
    /// </summary>
    /// <returns>Null if nothing was entered.</returns>
    public static string? Ask(string question)
    {
        if (System.Console.IsInputRedirected)
        {
            return FromReader(System.Console.In);
        }

        System.Console.Error.Write(question);
        var typed = new HiddenLine();
        while (!typed.Press(System.Console.ReadKey(intercept: true))) { }

        System.Console.Error.WriteLine();
        return typed.Text;
    }
}

/// <summary>A line that is typed without echo.</summary>
public sealed class HiddenLine
{
    private readonly System.Text.StringBuilder _typed = new();

    /// <summary>Null if it is empty or was cancelled by Escape.</summary>
    public string? Text => _typed.Length == 0 ? null : _typed.ToString();

    /// <summary>Handles a key.</summary>
    /// <returns>Whether the line is finished.</returns>
    public bool Press(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return true;
            case ConsoleKey.Escape:
                _ = _typed.Clear();
                return true;
            case ConsoleKey.Backspace:
                if (_typed.Length > 0)
                {
                    _typed.Length -= _typed.Length > 1 && char.IsLowSurrogate(_typed[^1]) ? 2 : 1;
                }

                return false;
            default:
                if (!char.IsControl(key.KeyChar) && _typed.Length <= Passphrase.MaxLength)
                {
                    _ = _typed.Append(key.KeyChar);
                }

                return false;
        }
    }
}
