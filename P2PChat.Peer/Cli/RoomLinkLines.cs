using System.Globalization;
using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>Invite links to rooms as lines of the console.</summary>
internal static class RoomLinkLines
{
    /// <summary>A new link: what it is, and the link itself last.</summary>
    public static IEnumerable<string> Made(RoomLinkItem link, TimeZoneInfo timeZone)
    {
        var people = link.Uses == 1 ? "one person" : $"{link.Uses} people";
        yield return $"* link {link.Id} for {people}, valid until {Time(link.ExpiresAt, timeZone)}. Keep it secret: "
            + "anyone who has it can join. You must be online when they do";
        if (link.Link is not { } text)
        {
            yield break;
        }

        yield return "* your friend types: connect <link>. Somebody new to the directory needs an 'invite' first";
        if (link.LocalNetworkOnly)
        {
            yield return new Uri(text).IsLoopback
                ? "* This link works on this machine only."
                : "* This link works on your network only.";
        }

        yield return text;
    }

    public static IEnumerable<string> List(IReadOnlyList<RoomLinkItem> links, TimeZoneInfo timeZone) =>
        links.Count == 0
            ? ["You have made no links to this room. 'room link' makes one."]
            : links.Select(link => $"{link.Id}  {State(link, timeZone)}{UsedBy(link)}");

    private static string State(RoomLinkItem link, TimeZoneInfo timeZone) =>
        link.State switch
        {
            RoomLinkState.Open => string.Create(
                CultureInfo.InvariantCulture,
                $"open until {Time(link.ExpiresAt, timeZone)}, {link.Uses - link.UsedBy.Count} of {link.Uses} left"
            ),
            RoomLinkState.Used => "used",
            RoomLinkState.Revoked => "revoked",
            _ => "expired",
        };

    private static string UsedBy(RoomLinkItem link) =>
        link.UsedBy.Count == 0 ? "" : $"  used by: {string.Join(", ", link.UsedBy.Select(RoomText.Name))}";

    private static string Time(DateTimeOffset time, TimeZoneInfo timeZone) =>
        TimeZoneInfo.ConvertTime(time, timeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
