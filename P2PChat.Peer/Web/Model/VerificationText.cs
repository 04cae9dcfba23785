using P2PChat.Node.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Explains how a contact's key was verified.</summary>
/// <param name="Mark">A few words, if it was.</param>
/// <param name="Sentence">Null if there is nothing to explain.</param>
internal sealed record VerificationText(string? Mark, string? Sentence)
{
    public static VerificationText Of(Person person) =>
        person switch
        {
            { VerifiedBy: VerifiedBy.Comparison } => new("verified", "You have compared the safety number."),
            { VerifiedBy: VerifiedBy.Invite, JoinedByInvite: true } => new(
                "verified by invite",
                $"{person.DisplayName} joined by your invite, which was for one person."
            ),
            { VerifiedBy: VerifiedBy.Invite } => new(
                "verified by invite",
                $"The invite link that you used contained {person.DisplayName}'s key."
            ),
            { JoinedByInvite: true } => new(
                null,
                $"{person.DisplayName} joined by your invite. It was for several people, so it does not say which of "
                    + "them this is."
            ),
            _ => new(null, null),
        };
}
