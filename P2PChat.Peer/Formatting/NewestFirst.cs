namespace P2PChat.Peer.Formatting;

/// <summary>Merges search results of conversations and of rooms.</summary>
internal static class NewestFirst
{
    /// <summary>
    /// Merges two lists, the newest first. Each keeps its own order: that of arrival, which a sender's clock or late
    /// history can contradict. So a message counts as at least as new as those behind it, and none is from the future.
    /// </summary>
    public static IEnumerable<T> Merge<T>(
        IReadOnlyList<T> one,
        IReadOnlyList<T> other,
        Func<T, DateTimeOffset?> sentAt,
        DateTimeOffset now
    )
    {
        var (times, otherTimes) = (Times(one, sentAt, now), Times(other, sentAt, now));
        var (i, j) = (0, 0);
        while (i < one.Count || j < other.Count)
        {
            var takesOne = j == other.Count || (i < one.Count && times[i] >= otherTimes[j]);
            yield return takesOne ? one[i++] : other[j++];
        }
    }

    private static DateTimeOffset[] Times<T>(
        IReadOnlyList<T> items,
        Func<T, DateTimeOffset?> sentAt,
        DateTimeOffset now
    )
    {
        var times = new DateTimeOffset[items.Count];
        var newest = DateTimeOffset.MinValue;
        for (var i = items.Count - 1; i >= 0; i--)
        {
            var time = sentAt(items[i]) ?? DateTimeOffset.MinValue;
            newest = time > newest ? time : newest;
            times[i] = newest < now ? newest : now;
        }

        return times;
    }
}
