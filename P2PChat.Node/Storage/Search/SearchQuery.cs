namespace P2PChat.Node.Storage.Search;

/// <summary>
/// A search query: space-separated phrases that must all occur. The last word may be incomplete. The store finds
/// messages, and the page marks hits, by the same rule.
/// </summary>
public sealed class SearchQuery
{
    private readonly List<Phrase> _phrases = [];

    private SearchQuery() { }

    /// <summary>Whether the query has nothing to search for.</summary>
    internal bool IsEmpty => _phrases.Count == 0;

    /// <summary>
    /// For FTS5's MATCH (https://sqlite.org/fts5.html, section 3): tokens are letters and digits, and cannot end the
    /// quotes.
    /// </summary>
    public string Match =>
        string.Join(
            " AND ",
            _phrases.Select(phrase => $"\"{string.Join(' ', phrase.Tokens)}\"{(phrase.IsBeginning ? "*" : "")}")
        );

    public static SearchQuery Parse(string words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var query = new SearchQuery();
        var text = new SearchText();
        // A NUL would end the text for SQLite.
        foreach (var term in words.Replace('\0', ' ').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            text.Read(term);
            if (text.Tokens.Count == 0)
            {
                continue;
            }
            // A pair covers its second character too, except at the end of a run within a phrase.
            var tokens = text.Tokens.ToList();
            if (tokens is [.., { IsUnspaced: true, EndsRun: false }, _])
            {
                tokens.RemoveAt(tokens.Count - 1);
            }

            query._phrases.Add(
                new Phrase(
                    [.. tokens.Select(text.TextOf)],
                    tokens[^1] is { IsUnspaced: true, Length: 1 },
                    tokens[^1].IsUnspaced
                )
            );
        }

        if (query._phrases is [.., { IsUnspaced: false } last])
        {
            query._phrases[^1] = last with { IsBeginning = true };
        }

        return query;
    }

    /// <summary>The ranges to mark in a text, in UTF-16 units, in order and without overlap.</summary>
    public IReadOnlyList<(int Start, int End)> Hits(string text)
    {
        var read = new SearchText();
        read.Read(text);
        var tokens = read.Tokens.Select(read.TextOf).ToList();
        var hits = new List<(int Start, int End)>();
        foreach (var phrase in _phrases)
        {
            for (var i = 0; i + phrase.Tokens.Length <= tokens.Count; i++)
            {
                if (!phrase.IsAt(tokens, i))
                {
                    continue;
                }

                var last = read.Tokens[i + phrase.Tokens.Length - 1];
                var characters = phrase.IsUnspaced ? phrase.Tokens[^1].EnumerateRunes().Count() : last.Length;
                hits.Add((read.SourceOf(read.Tokens[i], 1).Start, read.SourceOf(last, characters).End));
            }
        }

        return Merge(hits);
    }

    private static List<(int Start, int End)> Merge(List<(int Start, int End)> hits)
    {
        hits.Sort();
        var merged = new List<(int Start, int End)>();
        foreach (var hit in hits)
        {
            if (merged.Count > 0 && hit.Start < merged[^1].End)
            {
                merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, hit.End));
            }
            else
            {
                merged.Add(hit);
            }
        }

        return merged;
    }

    /// <param name="IsBeginning">Whether the last token may be the beginning of one.</param>
    /// <param name="IsUnspaced">Whether the last token is of a script without spaces.</param>
    private sealed record Phrase(string[] Tokens, bool IsBeginning, bool IsUnspaced)
    {
        public bool IsAt(List<string> tokens, int index)
        {
            for (var i = 0; i < Tokens.Length; i++)
            {
                var (sought, found) = (Tokens[i], tokens[index + i]);
                if (
                    found != sought
                    && !(IsBeginning && i == Tokens.Length - 1 && found.StartsWith(sought, StringComparison.Ordinal))
                )
                {
                    return false;
                }
            }

            return true;
        }
    }
}
