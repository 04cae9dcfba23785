using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>Explains why an invite did not count, so that the request waits for an answer.</summary>
internal static class InviteRefusalText
{
    /// <summary>At the peer that was invited.</summary>
    public static string OfOurs(string inviter, InviteValidity reason) =>
        $"The invite {Of(reason)}, so {inviter} is asked whether to connect. Your messages are sent once they accept.";

    /// <summary>At the inviter.</summary>
    public static string OfTheirs(InviteValidity reason) => $"Their invite {Of(reason)}.";

    private static string Of(InviteValidity reason) =>
        reason switch
        {
            InviteValidity.Used => "has already been used",
            InviteValidity.Revoked => "was revoked",
            InviteValidity.Expired => "has expired",
            _ => "is no longer valid",
        };
}
