using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Answer to <c>GET /api/contacts</c>, sorted by username.</summary>
public sealed record ContactsResponse(IReadOnlyList<ContactItem> Contacts);

/// <summary>A contact.</summary>
/// <param name="PeerId">The pinned key; null if an older version removed the pin, until the next connection.</param>
/// <param name="Verified">Whether the key is verified.</param>
/// <param name="OtherKeys">Other keys that were refused since, newest last. A trust can accept one of them.</param>
/// <param name="VerifiedBy">How the key was verified.</param>
/// <param name="JoinedByInvite">Whether it was accepted by an invite of this peer.</param>
/// <param name="Path">How the open connection travels; null while not connected.</param>
/// <param name="DisplayName">
/// The name that they have chosen; null for none. Anyone can choose any name: show it only next to the username.
/// </param>
/// <param name="HasPicture">Whether there is a picture: <c>GET /api/contacts/{username}/picture</c>.</param>
public sealed record ContactItem(
    string Username,
    string? PeerId,
    string? Nickname,
    bool Verified,
    bool Blocked,
    IReadOnlyList<string> OtherKeys,
    VerifiedBy VerifiedBy = VerifiedBy.None,
    bool JoinedByInvite = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PathKind? Path = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DisplayName = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool HasPicture = false
);

/// <summary>How a contact's key was verified.</summary>
[JsonConverter(typeof(KebabCase<VerifiedBy>))]
public enum VerifiedBy
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The users have compared the safety number.</summary>
    Comparison,

    /// <summary>The key was in the invite link, or the contact joined by an invite for one person.</summary>
    Invite,
}

/// <summary>Body of <c>POST /api/contacts/{username}/trust</c>.</summary>
/// <param name="PeerId">The key to accept, or at least its first seven characters; null if only one was shown.</param>
public sealed record TrustRequest(string? PeerId);

/// <summary>Answer to <c>POST /api/contacts/{username}/trust</c>.</summary>
/// <param name="PeerId">The newly pinned key.</param>
/// <param name="Digits">The safety number for that key: twelve groups of five digits.</param>
public sealed record TrustResponse(string PeerId, string Digits);

/// <summary>Body of <c>PUT /api/contacts/{username}/nickname</c>.</summary>
/// <param name="Nickname">1 to 64 characters; null to remove it.</param>
public sealed record NicknameRequest(string? Nickname);

/// <summary>Answer to <c>GET /api/contacts/{username}/safety</c>.</summary>
/// <param name="Digits">Twelve groups of five digits.</param>
/// <param name="Qr">The content of the QR code.</param>
/// <param name="Verified">Whether the contact is verified.</param>
/// <param name="VerifiedBy">How: by comparing this number, or by an invite.</param>
public sealed record SafetyResponse(string Digits, string Qr, bool Verified, VerifiedBy VerifiedBy = VerifiedBy.None);

/// <summary>Body of <c>POST /api/contacts/{username}/verify</c>.</summary>
/// <param name="Digits">60 digits, with or without spaces, as the other user reads them out.</param>
public sealed record VerifyRequest(string Digits);

/// <summary>Answer to <c>POST /api/contacts/{username}/verify</c>.</summary>
/// <param name="Matches">Whether the digits match. If they do, the contact is now verified.</param>
public sealed record VerifyResponse(bool Matches);
