using P2PChat.Node.Storage;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>What the tab key adds to a line.</summary>
/// <param name="Insert">To be inserted at the cursor; empty if there is nothing, or nothing unambiguous.</param>
/// <param name="Candidates">What the word may become, where that is more than one.</param>
public sealed record Completion(string Insert, IReadOnlyList<string> Candidates)
{
    private static readonly Completion Nothing = new("", []);

    /// <param name="before">The line up to the cursor.</param>
    /// <param name="names">Names of peers.</param>
    public static Completion Of(string before, IReadOnlyList<string> names)
    {
        var (first, rest) = CommandParser.SplitFirst(before);
        var isFirst = rest.Length == 0 && !before.EndsWith(' ');
        var words = CommandInfo.All.Select(command => command.Name);
        if (!isFirst)
        {
            if (
                rest.Contains(' ')
                || (rest.Length > 0 && before.EndsWith(' '))
                || CommandInfo.Find(first) is not { } command
            )
            {
                return Nothing;
            }

            if (command.TakesName)
            {
                words = names;
            }
            else if (command.Name == "set")
            {
                words = Preferences.Names;
            }
            else if (command.Name != "help")
            {
                return Nothing;
            }
        }

        var typed = isFirst ? first : rest;
        var candidates = words
            .Where(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Order()
            .ToList();
        return candidates switch
        {
            [] => Nothing,
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
