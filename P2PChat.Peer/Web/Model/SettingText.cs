using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Peer.Web.Model;

/// <summary>Explains a setting, or one of its values.</summary>
/// <param name="Title">A few words.</param>
/// <param name="Description">What it does.</param>
internal sealed record SettingText(string Title, string Description)
{
    public static SettingText Of(AcceptMode mode) =>
        mode switch
        {
            AcceptMode.Ask => new(
                "Ask me",
                "People you have accepted before can reconnect. You are asked about everyone else."
            ),
            AcceptMode.Contacts => new(
                "People I have accepted",
                "People you have accepted before can reconnect. Everyone else is rejected."
            ),
            AcceptMode.All => new("Everyone", "All requests are accepted at once, even from strangers."),
            _ => new("Nobody", "All requests are rejected. You can still ask others to connect."),
        };

    public static SettingText OfSharing(string setting) =>
        setting switch
        {
            Preferences.ReadReceiptsName => new("Read receipts", "They see which of their messages you have read."),
            Preferences.TypingName => new("Typing indicator", "They see when you are typing a message to them."),
            _ => new("Away status", "They see that you are away when this page has not been visible for a minute."),
        };
}
