namespace P2PChat.Peer.Web.Model;

/// <summary>A reaction among the changes of a message.</summary>
internal static class ReactionChange
{
    /// <param name="who">The person at the beginning of the sentence.</param>
    /// <param name="isLatest">Whether it is the last reaction of this person, so that the message still shows it.</param>
    /// <param name="emoji">The reaction that the message has now of this person; null for none.</param>
    public static string Text(string who, bool isLatest, string? emoji) =>
        !isLatest ? $"{who} reacted"
        : emoji is null ? $"{who} removed the reaction"
        : $"{who} reacted {emoji}";
}
