namespace P2PChat.Peer.Web.Model;

/// <summary>The format of a time. The examples are those of a browser in British English.</summary>
public enum TimeFormat
{
    /// <summary><c>14:05</c>.</summary>
    Clock,

    /// <summary>For lists: <c>14:05</c>, <c>Mon</c>, <c>16 Nov</c>, <c>16 Nov 2025</c>.</summary>
    Short,

    /// <summary><c>Today</c>, <c>Yesterday</c>, <c>Monday 16 November</c>, <c>Monday 16 November 2025</c>.</summary>
    Day,

    /// <summary>The day and the clock: <c>Yesterday, 14:05</c>.</summary>
    Moment,

    /// <summary><c>Monday 16 November 2025 at 14:05</c>.</summary>
    Full,

    /// <summary>
    /// In the past: <c>just now</c>, <c>5 minutes ago</c>, <c>yesterday at 14:05</c>, <c>on 16 November</c>.
    /// </summary>
    Ago,

    /// <summary>In the future, after "until": <c>today at 14:05</c>, <c>Monday 16 November</c>.</summary>
    Until,
}
