using System.Globalization;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The lines between messages of different days. Thread-safe.</summary>
public sealed class DayRule(Ink ink, TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private DateOnly _shown = DayOf(timeProvider.GetLocalNow());

    /// <returns>The line to print before something of this time; null if its day was shown last.</returns>
    public string? Before(DateTimeOffset time)
    {
        var day = DayOf(TimeZoneInfo.ConvertTime(time, timeProvider.LocalTimeZone));
        lock (_gate)
        {
            if (day == _shown)
            {
                return null;
            }

            _shown = day;
        }

        var format = day.Year == timeProvider.GetLocalNow().Year ? "dddd, d MMMM" : "dddd, d MMMM yyyy";
        return Draw(day.ToString(format, CultureInfo.InvariantCulture));
    }

    /// <summary>Draws a rule with another text.</summary>
    public string Draw(string text)
    {
        var line = ink.IsUnicode ? "──" : "--";
        return ink.Quiet($"{line} {text} {line}");
    }

    private static DateOnly DayOf(DateTimeOffset local) => DateOnly.FromDateTime(local.DateTime);
}
