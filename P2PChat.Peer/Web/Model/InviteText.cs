using P2PChat.Client;

namespace P2PChat.Peer.Web.Model;

/// <summary>Describes an invite in one line.</summary>
internal static class InviteText
{
    public static string Of(InviteItem invite, DayNames days) =>
        invite.State switch
        {
            InviteItemState.Open => $"For {People(invite.Uses)}, until {days.Until(invite.ExpiresAt)}",
            InviteItemState.Used => $"Used up, created {days.Ago(invite.CreatedAt)}",
            InviteItemState.Revoked => $"Revoked, created {days.Ago(invite.CreatedAt)}",
            InviteItemState.Expired => $"Expired {days.Ago(invite.ExpiresAt)}",
            _ => "No longer valid, because your data was restored from a backup or an older copy",
        };

    /// <summary>Warns that not everyone can use the link; null if everyone can.</summary>
    public static string? ReachOf(InviteItem invite) =>
        Uri.TryCreate(invite.Link, UriKind.Absolute, out var link) && link.IsLoopback
            ? "This link works on this computer only."
        : invite.LocalNetworkOnly ? "This link works on your network only."
        : null;

    public static string People(int count) => count == 1 ? "one person" : $"{count} people";

    public static string Days(int count) => count == 1 ? "one day" : $"{count} days";
}
