using System.Globalization;

namespace P2PChat.Peer.Web.Model;

/// <summary>Formats dates and times for people, in this machine's time zone.</summary>
internal sealed class DayNames(TimeProvider timeProvider)
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    private DateOnly Today => DateOnly.FromDateTime(Local(timeProvider.GetUtcNow()));

    public bool IsSameDay(DateTimeOffset one, DateTimeOffset other) => Local(one).Date == Local(other).Date;

    /// <returns><c>Today</c>, <c>Yesterday</c>, <c>Monday, 16 November</c>, <c>Monday, 16 November 2025</c>.</returns>
    public string Of(DateTimeOffset moment)
    {
        var day = DateOnly.FromDateTime(Local(moment));
        var today = Today;
        return (today.DayNumber - day.DayNumber) switch
        {
            0 => "Today",
            1 => "Yesterday",
            _ => day.ToString(day.Year == today.Year ? "dddd, d MMMM" : "dddd, d MMMM yyyy", Culture),
        };
    }

    /// <summary>A moment in the future, after "until".</summary>
    /// <returns><c>today at 14:05</c>, <c>Monday, 16 November</c>, <c>Monday, 4 January 2026</c>.</returns>
    public string Until(DateTimeOffset moment) =>
        DateOnly.FromDateTime(Local(moment)) == Today ? $"today at {Clock(moment)}" : Of(moment);

    /// <returns><c>14:05</c>.</returns>
    public string Clock(DateTimeOffset moment) => Local(moment).ToString("HH:mm", Culture);

    /// <summary>A short form for lists.</summary>
    /// <returns><c>14:05</c>, <c>Mon</c>, <c>16 Nov</c>, <c>16 Nov 2025</c>.</returns>
    public string Short(DateTimeOffset moment)
    {
        var local = Local(moment);
        var today = Today;
        return (today.DayNumber - DateOnly.FromDateTime(local).DayNumber) switch
        {
            0 => local.ToString("HH:mm", Culture),
            > 0 and < 7 => local.ToString("ddd", Culture),
            _ => local.ToString(local.Year == today.Year ? "d MMM" : "d MMM yyyy", Culture),
        };
    }

    /// <returns><c>Monday, 16 November 2025, 14:05</c>.</returns>
    public string Full(DateTimeOffset moment) => Local(moment).ToString("dddd, d MMMM yyyy, HH:mm", Culture);

    /// <returns><c>2025-11-16T14:05:00+01:00</c>.</returns>
    public string Machine(DateTimeOffset moment) =>
        TimeZoneInfo.ConvertTime(moment, timeProvider.LocalTimeZone).ToString("yyyy-MM-ddTHH:mm:sszzz", Culture);

    /// <returns>
    /// <c>just now</c>, <c>5 minutes ago</c>, <c>today at 14:05</c>, <c>yesterday at 14:05</c>, <c>on 16 November</c>.
    /// </returns>
    public string Ago(DateTimeOffset moment)
    {
        var elapsed = timeProvider.GetUtcNow() - moment;
        if (elapsed < TimeSpan.FromMinutes(1))
        {
            return "just now";
        }

        if (elapsed < TimeSpan.FromHours(1))
        {
            return elapsed < TimeSpan.FromMinutes(2)
                ? "a minute ago"
                : string.Create(Culture, $"{(int)elapsed.TotalMinutes} minutes ago");
        }

        var local = Local(moment);
        return (Today.DayNumber - DateOnly.FromDateTime(local).DayNumber) switch
        {
            0 => $"today at {Clock(moment)}",
            1 => $"yesterday at {Clock(moment)}",
            _ => local.ToString(local.Year == Today.Year ? "'on' d MMMM" : "'on' d MMMM yyyy", Culture),
        };
    }

    private DateTime Local(DateTimeOffset moment) =>
        TimeZoneInfo.ConvertTime(moment, timeProvider.LocalTimeZone).DateTime;
}
