using System.Globalization;
using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>Invites as plain lines.</summary>
public static class InviteText
{
    /// <summary>A new invite: what it is, its link, and its QR code last, so that the code stays in view.</summary>
    /// <param name="code">The lines of the QR code; empty to leave it out.</param>
    internal static IEnumerable<string> Made(InviteItem invite, TimeZoneInfo timeZone, IReadOnlyList<string> code) =>
        [.. Notes(invite, timeZone), .. invite.Link is { } link ? [link, .. code] : Array.Empty<string>()];

    /// <summary>Describes a new invite, and says how to use it.</summary>
    internal static IEnumerable<string> Notes(InviteItem invite, TimeZoneInfo timeZone)
    {
        ArgumentNullException.ThrowIfNull(invite);
        var people = invite.Uses == 1 ? "one person" : $"{invite.Uses} people";
        yield return $"* invite {invite.Id} for {people}, valid until {Time(invite.ExpiresAt, timeZone)}. "
            + "Keep the link secret: anyone who has it can join";
        if (invite.Link is not { } link)
        {
            yield break;
        }

        yield return "* your friend types: p2pchat join <link> <name>";
        if (invite.LocalNetworkOnly)
        {
            yield return IsThisMachineOnly(link)
                ? "* This link works on this machine only."
                : "* This link works on your network only.";
        }
    }

    internal static IEnumerable<string> List(IReadOnlyList<InviteItem> invites, TimeZoneInfo timeZone) =>
        invites.Count == 0
            ? ["You have made no invites. Use 'invite' to make one."]
            : invites.Select(invite => $"{invite.Id}  {State(invite, timeZone)}{Joined(invite)}");

    /// <summary>The QR code of an invite; empty if it does not fit.</summary>
    internal static IReadOnlyList<string> Code(InviteItem invite) =>
        invite.Qr is { } content ? QrText.DrawCompact(content) : [];

    /// <summary>Why the invite in a request does not count, as an adjective; null if it has none.</summary>
    internal static string? Refused(InviteItemState? state) =>
        state switch
        {
            InviteItemState.Used => "used",
            InviteItemState.Revoked => "revoked",
            InviteItemState.Expired => "expired",
            _ => null,
        };

    private static string State(InviteItem invite, TimeZoneInfo timeZone) =>
        invite.State switch
        {
            InviteItemState.Open => string.Create(
                CultureInfo.InvariantCulture,
                $"open until {Time(invite.ExpiresAt, timeZone)}, {invite.Uses - invite.Used} of {invite.Uses} left"
            ),
            InviteItemState.Used => "used",
            InviteItemState.Revoked => "revoked",
            InviteItemState.Expired => "expired",
            _ => "no longer valid, because this peer was restored or is an older copy",
        };

    private static string Joined(InviteItem invite) =>
        invite.Joined.Count == 0 ? "" : $"  joined: {string.Join(", ", invite.Joined.Select(peer => peer.Username))}";

    private static bool IsThisMachineOnly(string link) => new Uri(link).IsLoopback;

    private static string Time(DateTimeOffset time, TimeZoneInfo timeZone) =>
        TimeZoneInfo.ConvertTime(time, timeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
