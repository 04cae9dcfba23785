namespace P2PChat.Peer.Formatting;

/// <summary>
/// Orders conversations and rooms, and merges their search results. Times are by the senders' clocks; one from the
/// future counts as now.
/// </summary>
internal static class NewestFirst
{
    /// <summary>Orders items, the newest first. Those without a time are last.</summary>
    public static IEnumerable<T> Order<T>(IEnumerable<T> items, Func<T, DateTimeOffset?> sentAt, DateTimeOffset now) =>
        items.OrderByDescending(item => sentAt(item) is { } time ? Past(time, now) : (DateTimeOffset?)null);

    /// <summary>
    /// Merges two lists, the newest first. Each keeps its own order: that of arrival, which a sender's clock or late
    /// history can contradict. So a message counts as at least as new as those behind it.
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
            times[i] = Past(newest, now);
        }

        return times;
    }

    private static DateTimeOffset Past(DateTimeOffset time, DateTimeOffset now) => time < now ? time : now;
}
