using P2PChat.Node.Model;
using P2PChat.Peer.Cli;

namespace P2PChat.App.Arguments;

/// <summary>The subcommands of <c>p2pchat</c>.</summary>
internal static class Commands
{
    public const string Up = "up";
    public const string Join = "join";
    public const string Directory = "directory";
    public const string Peer = "peer";
    public const string Help = "help";

    // A typo: one letter wrong, missing or too many, or two swapped.
    private const int MaxTypingErrors = 2;

    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Up,
        Join,
        Peer,
        Directory,
        CommandLineParser.ControlCommand,
        CommandLineParser.RestoreCommand,
        CommandLineParser.CompletionCommand,
    ];

    /// <summary>Says what to type instead of a word that is not a command.</summary>
    public static string Unknown(string word)
    {
        var shown = SafeText.Show(word);
        if (word.StartsWith('-'))
        {
            return $"'{shown}' is not an option of p2pchat. Run 'p2pchat' to see what you can type.";
        }

        return Closest(word) is { } command
            ? $"'{shown}' is not a command. Did you mean 'p2pchat {command}'?"
            : $"'{shown}' is not a command. Run 'p2pchat' to see the commands, or 'p2pchat {Peer} <username>' to start "
                + "a peer.";
    }

    private static string? Closest(string word) =>
        All.Select(command => (Command: command, Distance: Distance(word.ToLowerInvariant(), command)))
            .Where(each => each.Distance <= Math.Min(MaxTypingErrors, each.Command.Length - 1))
            .OrderBy(each => each.Distance)
            .Select(each => each.Command)
            .FirstOrDefault();

    // Levenshtein.
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            (var diagonal, row[0]) = (row[0], i);
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
