using P2PChat.Node.Model;

namespace P2PChat.Node.Invites;

/// <summary>Result of checking the invite in a request.</summary>
internal enum InviteResult
{
    /// <summary>There is no such invite, or the proof is wrong: the request is an ordinary one.</summary>
    Unknown,

    /// <summary>The request is to be accepted.</summary>
    Valid,

    /// <summary>All uses are spent, by others.</summary>
    Used,

    /// <summary>Revoked, or void.</summary>
    Revoked,
    Expired,
}

/// <param name="Invite">Null if it is unknown.</param>
internal readonly record struct InviteCheck(InviteResult Result, Invite? Invite = null);
