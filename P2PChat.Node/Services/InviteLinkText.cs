using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Services;

/// <summary>Explains why a text is not an invite link.</summary>
public static class InviteLinkText
{
    public static string Of(InviteLinkError error) =>
        error switch
        {
            InviteLinkError.UnknownVersion =>
                "The invite link is from a newer version of P2PChat. Update this program and try again.",
            InviteLinkError.Damaged =>
                "The invite link has been cut off or altered. Ask for it again, and paste all of it.",
            _ => "That is not an invite link. Paste the whole link, as it was sent to you.",
        };
}
