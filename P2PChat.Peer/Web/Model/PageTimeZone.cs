using System.Text.RegularExpressions;

namespace P2PChat.Peer.Web.Model;

/// <summary>
/// The time zone of the browser that shows a page, which decides where a day ends. Until the browser reports it, this
/// machine's. Dates and times themselves are formatted in the browser.
/// </summary>
internal sealed partial class PageTimeZone(TimeProvider timeProvider)
{
    /// <summary>The cookie in which the browser reports its time zone before a page is rendered.</summary>
    public const string CookieName = "tz";

    private TimeZoneInfo _zone = timeProvider.LocalTimeZone;

    /// <summary>The IANA id that the browser has reported, or this machine's.</summary>
    public string Id { get; private set; } = timeProvider.LocalTimeZone.Id;

    /// <summary>Changes the time zone, unless this machine does not know it.</summary>
    /// <param name="id">An IANA id, such as <c>Europe/Berlin</c>.</param>
    /// <returns>Whether it has changed.</returns>
    public bool TrySet(string? id)
    {
        // The id becomes a part of a path on most systems.
        if (
            id is null
            || id == Id
            || !IanaId().IsMatch(id)
            || !TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
        )
        {
            return false;
        }

        (Id, _zone) = (id, zone);
        return true;
    }

    public DateOnly DateOf(DateTimeOffset moment) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, _zone).DateTime);

    public bool IsSameDay(DateTimeOffset one, DateTimeOffset other) => DateOf(one) == DateOf(other);

    [GeneratedRegex("^[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,3}$")]
    private static partial Regex IanaId();
}
