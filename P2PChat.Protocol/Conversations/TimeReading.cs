namespace P2PChat.Protocol.Conversations;

/// <summary>
/// What the clocks say at one moment. None of them is trusted alone: a message's age decides whether it is given up for
/// good (docs/decisions/0022-whose-clock.md).
/// </summary>
/// <param name="Own">This peer's wall clock. It may be wrong, and may jump.</param>
/// <param name="Ran">For how long this peer has run, all its processes together. It never jumps, and never runs ahead.</param>
/// <param name="Directory">The directory's time; null without a fresh reading.</param>
public readonly record struct TimeReading(DateTimeOffset Own, TimeSpan Ran = default, DateTimeOffset? Directory = null);
