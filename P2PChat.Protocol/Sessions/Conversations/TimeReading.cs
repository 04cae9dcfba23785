namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Readings of the clocks at one moment. No single clock is trusted, because a message's age decides whether it is given up
/// for good (docs/decisions/0022-clocks.md).
/// </summary>
/// <param name="Own">This peer's wall clock. It may be wrong, and may jump.</param>
/// <param name="Ran">This peer's running time over all its processes. It never jumps and never runs ahead.</param>
/// <param name="Directory">The directory's time; null without a fresh reading.</param>
public readonly record struct TimeReading(DateTimeOffset Own, TimeSpan Ran = default, DateTimeOffset? Directory = null);
