using P2PChat.Node.Storage;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The effect of Tab on a line.</summary>
/// <param name="Insert">The text to insert at the cursor; empty if there is no unambiguous completion.</param>
/// <param name="Candidates">The candidates, if there are several.</param>
public sealed record Completion(string Insert, IReadOnlyList<string> Candidates)
{
    private static readonly Completion None = new("", []);

    /// <summary>Returns whether the completion of a line needs the usernames that the peer knows.</summary>
    public static bool NeedsNames(string before) => before.Contains(' ') || before.StartsWith('@');

    /// <param name="before">The line up to the cursor.</param>
    /// <param name="names">The usernames that the peer knows.</param>
    /// <param name="isInConversation">Whether only a line with '/' is a command.</param>
    public static Completion Find(string before, IReadOnlyList<string> names, bool isInConversation = false) =>
        before switch
        {
            ['@', .. var name] when !name.Contains(' ') => Complete(name, names),
            ['/', .. var command] => FindInCommand(command, names),
            _ => isInConversation ? None : FindInCommand(before, names),
        };

    private static Completion FindInCommand(string before, IReadOnlyList<string> names)
    {
        var (first, rest) = CommandParser.SplitFirst(before);
        var isFirstWord = rest.Length == 0 && !before.EndsWith(' ');
        var words = CommandTable.All.Select(command => command.Name);
        if (!isFirstWord)
        {
            if (
                rest.Contains(' ')
                || (rest.Length > 0 && before.EndsWith(' '))
                || CommandTable.Find(first) is not { } command
            )
            {
                return None;
            }

            if (command.TakesUsername)
            {
                words = names;
            }
            else if (command.Name == "set")
            {
                words = Preferences.Names;
            }
            else if (command.Name != "help")
            {
                return None;
            }
        }

        return Complete(isFirstWord ? first : rest, words);
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

        return words[0][..length];
    }
}
