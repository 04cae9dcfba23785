using P2PChat.Peer.Chat;

namespace P2PChat.Peer.Web.Model;

/// <summary>What became of a message of ours, for the eye and for the ear.</summary>
/// <param name="Icon">Of <see cref="Components.Parts.Icon"/>.</param>
/// <param name="Twice">Whether the icon stands there twice.</param>
internal sealed record StateWords(string Words, string Icon, bool Twice, string Class)
{
    public static StateWords Of(MessageState state) => state switch
    {
        MessageState.Delivered => new("Delivered", "check", true, "delivered"),
        _ => new("Sent, not delivered yet", "check", false, "sent"),
    };
}
