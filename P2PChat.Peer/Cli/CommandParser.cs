namespace P2PChat.Peer.Cli;

/// <summary>Reads a line of the console, for instance <c>send echo hello, you</c>.</summary>
public static class CommandParser
{
    /// <summary>Before or after the other arguments of a command that lists something.</summary>
    public const string JsonOption = "--json";

    /// <returns>Null for a line without a word.</returns>
    public static ConsoleCommand? Parse(string line)
    {
        var (word, arguments) = SplitFirst(line);
        if (word.Length == 0)
        {
            return null;
        }

        if (CommandInfo.Find(word) is not { } info)
        {
            return Unknown(word);
        }

        if (!info.Lists || !TakeJsonOption(ref arguments))
        {
            return info.Read(info, arguments);
        }

        var listing = info.Read(info, arguments);
        return listing is ConsoleCommand.Invalid ? listing : new ConsoleCommand.Json(listing);
    }

    public static ConsoleCommand.Invalid Unknown(string word) =>
        new($"'{word}' is not a command: 'help' shows them all.");

    /// <summary>The first word, and the rest without the spaces around it; those within it stay.</summary>
    public static (string Word, string Tail) SplitFirst(string text)
    {
        var trimmed = text.AsSpan().Trim();
        var end = trimmed.IndexOfAny(' ', '\t');
        return end < 0 ? (trimmed.ToString(), "") : (trimmed[..end].ToString(), trimmed[end..].Trim().ToString());
    }

    private static bool TakeJsonOption(ref string arguments)
    {
        if (SplitFirst(arguments) is (JsonOption, var tail))
        {
            arguments = tail;
            return true;
        }

        if (!arguments.EndsWith($" {JsonOption}", StringComparison.Ordinal))
        {
            return false;
        }

        arguments = arguments[..^JsonOption.Length].TrimEnd();
        return true;
    }
}
