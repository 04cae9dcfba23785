using P2PChat.Client;

namespace P2PChat.Peer.Web.Model;

/// <summary>Describes an invite in one line.</summary>
/// <param name="Moment">The time that follows the words; null if none does.</param>
/// <param name="Format">How it is shown.</param>
internal sealed record InviteText(string Words, DateTimeOffset? Moment = null, TimeFormat Format = TimeFormat.Ago)
{
    public static InviteText Of(InviteItem invite) =>
        invite.State switch
        {
            InviteItemState.Open => new($"For {People(invite.Uses)}, until", invite.ExpiresAt, TimeFormat.Until),
            InviteItemState.Used => new("Used up, created", invite.CreatedAt),
            InviteItemState.Revoked => new("Revoked, created", invite.CreatedAt),
            InviteItemState.Expired => new("Expired", invite.ExpiresAt),
            _ => new("No longer valid, because your data was restored from a backup or an older copy"),
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
