using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Body of <c>POST /api/invites</c>.</summary>
/// <param name="Uses">How many people can join by the invite: 1 to 100.</param>
/// <param name="Days">How long it is valid: 1 to 90.</param>
public sealed record InviteRequest(int Uses = 1, int Days = 7);

/// <summary>Answer to <c>GET /api/invites</c>, newest first.</summary>
public sealed record InvitesResponse(IReadOnlyList<InviteItem> Invites);

/// <summary>An invite of this peer; also the answer to <c>POST /api/invites</c>.</summary>
/// <param name="Id">Eight characters, for people and for <c>DELETE /api/invites/{id}</c>.</param>
/// <param name="Link">The link to hand to a friend: a secret. Null if the invite is no longer open.</param>
/// <param name="Qr">The content of the link's QR code; null if there is no link or it is too long.</param>
/// <param name="LocalNetworkOnly">Whether the link works on the inviter's network only.</param>
public sealed record InviteItem(
    string Id,
    InviteItemState State,
    int Uses,
    int Used,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    IReadOnlyList<NameAndKeyData> Joined,
    string? Link = null,
    string? Qr = null,
    bool LocalNetworkOnly = false
);

/// <summary>Whether an invite can still be used.</summary>
[JsonConverter(typeof(KebabCase<InviteItemState>))]
public enum InviteItemState
{
    Open,

    /// <summary>All uses are spent.</summary>
    Used,
    Revoked,
    Expired,

    /// <summary>Voided, because this peer was restored from a backup or found to be an older copy.</summary>
    Void,
}
