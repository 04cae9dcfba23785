using System.Globalization;

namespace P2PChat.Peer.Web.Model;

/// <summary>Says when something was, in this machine's time zone, as a person would.</summary>
internal sealed class DayNames(TimeProvider time)
{
    private static readonly CultureInfo Words = CultureInfo.InvariantCulture;

    private DateOnly Today => DateOnly.FromDateTime(Local(time.GetUtcNow()));

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
            _ => day.ToString(day.Year == today.Year ? "dddd, d MMMM" : "dddd, d MMMM yyyy", Words),
        };
    }

    /// <returns><c>14:05</c>.</returns>
    public string Clock(DateTimeOffset moment) => Local(moment).ToString("HH:mm", Words);

    /// <summary>For a list, where there is little room.</summary>
    /// <returns><c>14:05</c>, <c>Mon</c>, <c>16 Nov</c>, <c>16 Nov 2025</c>.</returns>
    public string Short(DateTimeOffset moment)
    {
        var local = Local(moment);
        var today = Today;
        return (today.DayNumber - DateOnly.FromDateTime(local).DayNumber) switch
        {
            0 => local.ToString("HH:mm", Words),
            > 0 and < 7 => local.ToString("ddd", Words),
            _ => local.ToString(local.Year == today.Year ? "d MMM" : "d MMM yyyy", Words),
        };
    }

    /// <returns><c>Monday, 16 November 2025, 14:05</c>.</returns>
    public string Full(DateTimeOffset moment) => Local(moment).ToString("dddd, d MMMM yyyy, HH:mm", Words);

    /// <returns><c>2025-11-16T14:05:00+01:00</c>.</returns>
    public string Machine(DateTimeOffset moment) =>
        TimeZoneInfo.ConvertTime(moment, time.LocalTimeZone).ToString("yyyy-MM-ddTHH:mm:sszzz", Words);

    /// <returns><c>just now</c>, <c>5 minutes ago</c>, <c>today at 14:05</c>, <c>yesterday at 14:05</c>, <c>on 16 November</c>.</returns>
    public string Ago(DateTimeOffset moment)
    {
        var gone = time.GetUtcNow() - moment;
        if (gone < TimeSpan.FromMinutes(1))
        {
            return "just now";
        }

        if (gone < TimeSpan.FromHours(1))
        {
            return gone < TimeSpan.FromMinutes(2)
                ? "a minute ago"
                : string.Create(Words, $"{(int)gone.TotalMinutes} minutes ago");
        }

        var local = Local(moment);
        return (Today.DayNumber - DateOnly.FromDateTime(local).DayNumber) switch
        {
            0 => $"today at {Clock(moment)}",
            1 => $"yesterday at {Clock(moment)}",
            _ => local.ToString(local.Year == Today.Year ? "'on' d MMMM" : "'on' d MMMM yyyy", Words),
        };
    }

    private DateTime Local(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, time.LocalTimeZone).DateTime;
}
