namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Readings of three clocks at one moment. No single clock is trusted, because a message's age decides whether it is
/// abandoned (docs/decisions/0022-clocks.md).
/// </summary>
/// <param name="Own">This peer's wall clock. May be wrong, and may jump.</param>
/// <param name="Ran">This peer's total running time over all its processes. Never jumps and never runs fast.</param>
/// <param name="Directory">The directory's time; null without a recent reading.</param>
public readonly record struct TimeReading(DateTimeOffset Own, TimeSpan Ran = default, DateTimeOffset? Directory = null)
{
    /// <summary>
    /// The time since an earlier reading: the smaller of what the two clocks say, or this peer's running time if either
    /// directory reading is missing. Negative if a clock was set back.
    /// </summary>
    public TimeSpan Since(TimeReading earlier)
    {
        if (earlier.Directory is not { } before || Directory is not { } directory)
        {
            return Ran - earlier.Ran;
        }

        var (own, theirs) = (Own - earlier.Own, directory - before);
        return own < theirs ? own : theirs;
    }
}
