using System.Text.RegularExpressions;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>
/// Writes the commands in sentences of this program as they are typed in a conversation, where a line without <c>/</c>
/// is sent.
/// </summary>
public static partial class SlashedCommands
{
    /// <param name="sentence">It may be coloured. Commands are quoted, or follow <c>Usage:</c>.</param>
    public static string In(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        return Command()
            .Replace(sentence, match =>
                CommandTable.Find(match.Groups["name"].Value) is null
                    ? match.Value
                    : $"{match.Groups["before"].Value}/{match.Groups["name"].Value}"
            );
    }

    [GeneratedRegex(@"(?<before>(?<!\w)'|\bUsage: )(?<name>[a-z]+)(?=[ ']|$)")]
    private static partial Regex Command();
}
