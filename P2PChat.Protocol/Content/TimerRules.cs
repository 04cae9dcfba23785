using System.Globalization;

namespace P2PChat.Protocol.Content;

/// <summary>The limits of disappearing messages (docs/protocol.md, section 21).</summary>
public static class TimerRules
{
    /// <summary>The shortest time, in seconds.</summary>
    public const uint Shortest = 5 * Minute;

    /// <summary>The longest time, in seconds.</summary>
    public const uint Longest = 90 * Day;

    private const uint Minute = 60;
    private const uint Hour = 60 * Minute;
    private const uint Day = 24 * Hour;
    private const uint Week = 7 * Day;

    private static readonly (uint Seconds, string Name)[] Units =
    [
        (Week, "week"),
        (Day, "day"),
        (Hour, "hour"),
        (Minute, "minute"),
        (1, "second"),
    ];

    /// <summary>Whether a user may choose that time.</summary>
    /// <param name="seconds">0 to turn it off.</param>
    public static bool IsAllowed(long seconds) => seconds is 0 or (>= Shortest and <= Longest);

    /// <summary>Brings a time from another peer within the limits.</summary>
    /// <param name="seconds">0 stays 0.</param>
    public static uint Clamp(uint seconds) => seconds == 0 ? 0 : Math.Clamp(seconds, Shortest, Longest);

    /// <summary>A time in its largest unit, such as "8 hours". Part of <see cref="FallbackText"/>.</summary>
    public static string Describe(uint seconds)
    {
        var (unit, name) = Units.First(unit => seconds % unit.Seconds == 0);
        var count = seconds / unit;
        return string.Create(CultureInfo.InvariantCulture, $"{count} {name}{(count == 1 ? "" : "s")}");
    }
}
