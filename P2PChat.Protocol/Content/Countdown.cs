using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Content;

/// <summary>The time that a disappearing message has left. Never reads a clock.</summary>
/// <param name="Seconds">How long the message stays after it was read, or delivered to the other side.</param>
/// <param name="Began">The clocks when that happened.</param>
public readonly record struct Countdown(uint Seconds, TimeReading Began)
{
    /// <summary>The time left; zero or less if the message is due. Too long if a clock is wrong.</summary>
    public TimeSpan LeftAt(TimeReading now) => TimeSpan.FromSeconds(Seconds) - now.AtLeastSince(Began);

    /// <summary>Whether the message disappears now.</summary>
    public bool IsDue(TimeReading now) => LeftAt(now) <= TimeSpan.Zero;
}
