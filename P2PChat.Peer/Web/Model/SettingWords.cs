using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Peer.Web.Model;

/// <summary>What a setting's value means for the person.</summary>
/// <param name="Title">A few words.</param>
/// <param name="Sentence">What follows from it.</param>
internal sealed record SettingWords(string Title, string Sentence)
{
    public static SettingWords Of(AcceptMode mode) =>
        mode switch
        {
            AcceptMode.Ask => new(
                "Ask me",
                "Whom you have accepted once may connect again; you are asked about everybody else."
            ),
            AcceptMode.Contacts => new(
                "Only whom I know",
                "Whom you have accepted once may connect again; everybody else is turned away."
            ),
            AcceptMode.All => new("Everybody", "Whoever asks is let in at once, strangers too."),
            _ => new("Nobody", "Everybody who asks is turned away. You can still ask others."),
        };

    public static SettingWords OfTold(string setting) =>
        setting switch
        {
            Preferences.ReadReceiptsName => new("What I have read", "They see which of their messages you have read."),
            Preferences.TypingName => new("That I am writing", "They see it while you write to them."),
            _ => new("That I am away", "They see it when no page of yours has been in view for a minute."),
        };
}
