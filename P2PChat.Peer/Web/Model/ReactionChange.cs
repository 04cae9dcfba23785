namespace P2PChat.Peer.Web.Model;

/// <summary>A reaction among the changes of a message.</summary>
internal static class ReactionChange
{
    /// <param name="who">The person at the beginning of the sentence.</param>
    /// <param name="isLatest">Whether it is this person's last reaction, which the message still shows.</param>
    /// <param name="emoji">The reaction that the message has now of this person; null for none.</param>
    public static string Text(string who, bool isLatest, string? emoji) =>
        !isLatest ? $"{who} reacted"
        : emoji is null ? $"{who} removed the reaction"
        : $"{who} reacted {emoji}";
}
