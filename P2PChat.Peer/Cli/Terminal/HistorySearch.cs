namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Searches earlier lines backwards, while the words are being typed. Not thread-safe.</summary>
/// <param name="lines">The lines, oldest first.</param>
/// <param name="draft">The line to return to if the search is cancelled.</param>
internal sealed class HistorySearch(IReadOnlyList<string> lines, string draft)
{
    private int _index = lines.Count;

    public string Draft { get; } = draft;

    public string Query { get; private set; } = "";

    /// <summary>The line that was found last; the draft before the first one.</summary>
    public string Found { get; private set; } = draft;

    /// <summary>Whether no earlier line contains the query.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The index of the query in the found line; its end if it is not there.</summary>
    public int Cursor =>
        Query.Length > 0 && Found.LastIndexOf(Query, StringComparison.OrdinalIgnoreCase) is var at and >= 0
            ? at
            : Found.Length;

    public void Type(string text)
    {
        Query += text;
        Find(from: Math.Min(_index, lines.Count - 1));
    }

    public void Erase(int length)
    {
        Query = Query[..^length];
        HasFailed = false;
        (_index, Found) = (lines.Count, Draft);
        if (Query.Length > 0)
        {
            Find(from: lines.Count - 1);
        }
    }

    /// <summary>Finds the next earlier line.</summary>
    public void Continue() => Find(from: _index - 1);

    private void Find(int from)
    {
        for (var index = from; Query.Length > 0 && index >= 0; index--)
        {
            if (lines[index].Contains(Query, StringComparison.OrdinalIgnoreCase) && lines[index] != Found)
            {
                (_index, Found, HasFailed) = (index, lines[index], false);
                return;
            }

            if (index == _index && lines[index].Contains(Query, StringComparison.OrdinalIgnoreCase))
            {
                // The line found so far still matches.
                HasFailed = false;
                return;
            }
        }

        HasFailed = Query.Length > 0;
    }
}
