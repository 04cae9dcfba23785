using System.Globalization;

namespace P2PChat.Peer.Formatting;

/// <summary>How long something will still take, in one unit, such as <c>45 s</c> or <c>12 min</c>.</summary>
internal static class TimeLeftText
{
    public static string Of(double seconds) =>
        seconds switch
        {
            < 90 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds):0} s"),
            < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0} h"),
        };
}
