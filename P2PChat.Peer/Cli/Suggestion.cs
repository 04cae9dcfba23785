namespace P2PChat.Peer.Cli;

/// <summary>Finds the word that a mistyped word was probably meant to be.</summary>
public static class Suggestion
{
    private const int MinLength = 3;

    // Words from other programs.
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bye"] = "exit",
        ["quit"] = "exit",
        ["ls"] = "list",
        ["who"] = "list",
        ["msg"] = "send",
    };

    /// <returns>
    /// The only candidate that begins with the word, or else the nearest one, the first of several; null if none is
    /// within one edit of a short word or two edits of a longer one.
    /// </returns>
    public static string? For(string typed, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(typed);
        var words = candidates.ToList();
        if (Synonyms.TryGetValue(typed, out var synonym) && words.Contains(synonym))
        {
            return synonym;
        }

        if (words.Contains(typed, StringComparer.OrdinalIgnoreCase) || typed.Length < MinLength)
        {
            return null;
        }

        if (words.FindAll(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase)) is [var only])
        {
            return only;
        }

        var lower = typed.ToLowerInvariant();
        var max = lower.Length < 6 ? 1 : 2;
        return words
            .Select(word => (Word: word, Edits: Distance(lower, word.ToLowerInvariant())))
            .Where(pair => pair.Edits > 0 && pair.Edits <= max)
            .OrderBy(pair => pair.Edits)
            .Select(pair => pair.Word)
            .FirstOrDefault();
    }

    /// <summary>
    /// Counts the insertions, deletions, substitutions and swaps of neighbours between two words (optimal string
    /// alignment).
    /// </summary>
    internal static int Distance(string one, string other)
    {
        var edits = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }

                var cost = one[i - 1] == other[j - 1] ? 0 : 1;
                edits[i, j] = Math.Min(Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1, edits[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[one.Length, other.Length];
    }
}
