namespace P2PChat.Peer.Formatting;

/// <summary>Merges search results of conversations and of rooms.</summary>
internal static class NewestFirst
{
    /// <summary>Merges two lists that are ordered, the newest first. Each keeps its own order.</summary>
    public static IEnumerable<T> Merge<T>(IReadOnlyList<T> one, IReadOnlyList<T> other, Func<T, DateTimeOffset?> sentAt)
    {
        var (i, j) = (0, 0);
        while (i < one.Count || j < other.Count)
        {
            var takesOne =
                j == other.Count || (i < one.Count && Nullable.Compare(sentAt(one[i]), sentAt(other[j])) >= 0);
            yield return takesOne ? one[i++] : other[j++];
        }
    }
}
