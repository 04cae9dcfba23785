namespace P2PChat.Node.Backup;

/// <summary>What a backup's key is made from.</summary>
public static class Passphrase
{
    public const int MinLength = 8;
    public const int MaxLength = 1024;

    /// <returns>A sentence; null where the passphrase may be used for a new backup.</returns>
    public static string? WhyNot(string passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        return ForNewBackup(passphrase).Length is >= MinLength and <= MaxLength
            ? null
            : $"A passphrase has {MinLength} to {MaxLength} characters: give several words that nobody could guess.";
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

    /// <summary>The first line of a file that only its owner should be able to read.</summary>
    /// <exception cref="IOException">It cannot be read; so <see cref="UnauthorizedAccessException"/>.</exception>
    public static string FromFile(string path)
    {
        using var reader = new StreamReader(path);
        return FromReader(reader) ?? "";
    }

    /// <returns>The first line, or as much of it as a passphrase can have and one more; null at the end of input.</returns>
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
    /// Asks at the terminal, where nothing that is typed shows; or reads the first line of standard input, if that is no
    /// terminal. The question goes to standard error, so that a program's output stays clean.
    /// </summary>
    /// <returns>Null if nothing was given.</returns>
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

/// <summary>A line that is typed and never shown.</summary>
public sealed class HiddenLine
{
    private readonly System.Text.StringBuilder _typed = new();

    /// <summary>Null if it was given up by Escape, or is empty.</summary>
    public string? Text => _typed.Length == 0 ? null : _typed.ToString();

    /// <returns>Whether that was the last key.</returns>
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
