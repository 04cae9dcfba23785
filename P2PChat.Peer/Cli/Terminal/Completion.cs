using P2PChat.Node.Storage;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The effect of Tab on a line.</summary>
/// <param name="Insert">The text to insert at the cursor; empty if there is no unambiguous completion.</param>
/// <param name="Candidates">The candidates, if there are several.</param>
public sealed record Completion(string Insert, IReadOnlyList<string> Candidates)
{
    private static readonly Completion None = new("", []);

    /// <summary>Returns whether the completion of a line needs the names that the peer knows.</summary>
    public static bool NeedsNames(string before) => before.Contains(' ') || before.StartsWith('@');

    /// <param name="before">The line up to the cursor.</param>
    /// <param name="names">The usernames and rooms that the peer knows.</param>
    /// <param name="open">The open conversation or room, in which only a line with '/' is a command.</param>
    public static Completion Find(string before, IReadOnlyList<string> names, ChatKey? open = null) =>
        before switch
        {
            ['@', .. var name] when !name.Contains(' ') => Complete(name, names.Where(NameChoice.IsPerson)),
            ['/', .. var command] => FindInCommand(command, names, open),
            _ => open is null ? FindInCommand(before, names, open) : None,
        };

    private static Completion FindInCommand(string before, IReadOnlyList<string> names, ChatKey? open)
    {
        var words = before.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var typed = before.EndsWith(' ') || words.Length == 0 ? "" : words[^1];
        var complete = typed.Length == 0 ? words : words[..^1];
        var commands = CommandTable.All.Select(command => command.Name);
        if (complete is not [var first, .. var arguments])
        {
            return Complete(typed, commands);
        }

        if (CommandTable.Find(first) is not { } command)
        {
            return None;
        }

        return (command.Name, arguments) switch
        {
            ("set", []) => Complete(typed, Preferences.Names),
            ("help", []) => Complete(typed, commands),
            _ => NameChoice.Find(command, arguments, names, open is ChatKey.Room) is { } choice
                ? Complete(typed, choice)
                : None,
        };
    }

    private static Completion Complete(string typed, IEnumerable<string> words)
    {
        var candidates = words
            .Where(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Order()
            .ToList();
        return candidates switch
        {
            [] => None,
            [var only] => new Completion($"{only[typed.Length..]} ", []),
            _ => new Completion(CommonPrefix(candidates)[typed.Length..], candidates),
        };
    }

    private static string CommonPrefix(List<string> words)
    {
        var length = words.Min(word => word.Length);
        while (words.Exists(word => !word.AsSpan(0, length).SequenceEqual(words[0].AsSpan(0, length))))
        {
            length--;
        }

        // Half of a character (a surrogate) must not be inserted.
        return words[0][..(length > 0 && char.IsHighSurrogate(words[0][length - 1]) ? length - 1 : length)];
    }
}
