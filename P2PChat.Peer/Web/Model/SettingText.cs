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
                "Your contacts can reconnect. You are asked about everyone else, except people with an invite of yours."
            ),
            AcceptMode.Contacts => new(
                "Contacts only",
                "Your contacts can reconnect. Everyone else is rejected, except people with an invite of yours."
            ),
            AcceptMode.All => new("Everyone", "All requests are accepted at once, even those of strangers."),
            _ => new(
                "Nobody",
                "Everyone is rejected, your contacts too, except people with an invite of yours. You can still ask "
                    + "others to connect."
            ),
        };

    /// <summary>Explains whose files are accepted without asking.</summary>
    public static SettingText OfFilesFrom(string value) =>
        value switch
        {
            "contacts" => new("All contacts", "Files from your contacts are saved at once, within the limits below."),
            "verified" => new(
                "Verified contacts",
                "Files from contacts that you have verified are saved at once. You are asked about others."
            ),
            _ => new("Nobody", "You are asked about each file."),
        };

    /// <summary>Explains whether one contact's files are accepted without asking.</summary>
    public static SettingText OfFilesFrom(AutoAccept value) =>
        value switch
        {
            AutoAccept.On => new(
                "Accept without asking",
                "Their files are saved at once, within the limits in the settings."
            ),
            AutoAccept.Off => new("Ask me", "You are asked about each of their files."),
            _ => new("As in the settings", "The settings decide whether you are asked."),
        };

    /// <summary>Names the size up to which files are accepted without asking.</summary>
    /// <param name="value">A size such as <c>10MiB</c>, or <c>any</c>.</param>
    public static string OfFileSize(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value == "any" ? "any size" : $"{value[..^3]} {value[^3..]}";
    }

    /// <summary>Names the kinds of files that are accepted without asking.</summary>
    public static string OfFileKinds(string value) =>
        value == "media" ? "pictures, sounds and videos, by name and type" : "all kinds of files";

    public static SettingText OfSwitch(string setting) =>
        setting switch
        {
            Preferences.ReadReceiptsName => new("Read receipts", "They see which of their messages you have read."),
            Preferences.TypingName => new("Typing indicator", "They see when you are typing a message to them."),
            Preferences.HideAddressName => new(
                "Hide my address",
                "All connections go through the directory's relay, so other users do not learn your address. Messages "
                    + "may take longer, and direct connections end."
            ),
            _ => new("Away status", "They see that you are away when this page has not been visible for a minute."),
        };
}
