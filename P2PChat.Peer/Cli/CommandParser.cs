namespace P2PChat.Peer.Cli;

/// <summary>Parses a line of the console, such as <c>send echo hello</c>.</summary>
public static class CommandParser
{
    /// <summary>The option for JSON output, before or after a command's other arguments.</summary>
    public const string JsonOption = "--json";

    /// <returns>Null for a blank line.</returns>
    public static ConsoleCommand? Parse(string line)
    {
        var (word, arguments) = SplitFirst(line);
        if (word.Length == 0)
        {
            return null;
        }

        if (CommandTable.Find(word) is not { } info)
        {
            return Unknown(word);
        }

        if (!info.SupportsJson || !TakeJsonOption(ref arguments))
        {
            return info.Parse(info, arguments);
        }

        var command = info.Parse(info, arguments);
        return command is ConsoleCommand.Invalid ? command : new ConsoleCommand.Json(command);
    }

    /// <param name="prefix">The prefix of commands: empty, or '/' in a conversation.</param>
    /// <param name="more">Another sentence, with a space before it.</param>
    public static ConsoleCommand.Invalid Unknown(string word, string prefix = "", string more = "") =>
        new(
            $"'{prefix}{word}' is not a command. "
                + (
                    Suggestion.For(word, CommandTable.All.Select(command => command.Name)) is { } meant
                        ? $"Did you mean '{prefix}{meant}'?"
                        : $"'{prefix}help' lists the commands."
                )
                + more
        );

    /// <summary>Splits off the first word. The rest keeps the spaces inside it, but not those around it.</summary>
    public static (string Word, string Tail) SplitFirst(string text)
    {
        var trimmed = text.AsSpan().Trim();
        var end = trimmed.IndexOfAny(' ', '\t');
        return end < 0 ? (trimmed.ToString(), "") : (trimmed[..end].ToString(), trimmed[end..].Trim().ToString());
    }

    internal static bool TakeJsonOption(ref string arguments)
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
