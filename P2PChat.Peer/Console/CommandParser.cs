namespace P2PChat.Peer.Console;

/// <summary>Reads a line of the console, for instance <c>send echo hello, you</c>.</summary>
public static class CommandParser
{
    /// <returns>Null for a line without a word.</returns>
    public static ConsoleCommand? Parse(string line)
    {
        var (word, arguments) = SplitFirst(line);
        if (word.Length == 0)
            return null;
        return CommandInfo.Find(word) is { } command ? command.Read(command, arguments) : Unknown(word);
    }

    public static ConsoleCommand.Invalid Unknown(string word) =>
        new($"'{word}' is not a command: 'help' shows them all.");

    /// <summary>The first word, and the rest without the spaces around it; those within it stay.</summary>
    public static (string Word, string Tail) SplitFirst(string text)
    {
        var trimmed = text.AsSpan().Trim();
        var end = trimmed.IndexOfAny(' ', '\t');
        return end < 0
            ? (trimmed.ToString(), "")
            : (trimmed[..end].ToString(), trimmed[end..].Trim().ToString());
    }
}
