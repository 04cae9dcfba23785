namespace P2PChat.Protocol.Content;

/// <summary>Rules that both sides must apply alike (docs/protocol.md, section 20).</summary>
public static class ContentRules
{
    /// <summary>
    /// Limit on the earlier versions of a message that are kept: the first, and the last before the current text.
    /// </summary>
    public const int MaxVersions = 1 + LastVersions;

    private const int LastVersions = 20;

    /// <summary>Limit on the time between a message and an edit of it, by their sender's clock.</summary>
    public static TimeSpan EditLimit { get; } = TimeSpan.FromHours(48);

    /// <summary>Whether an edit is in time.</summary>
    /// <param name="sentAt">When the message was sent, not one of its edits.</param>
    /// <param name="editedAt">When the edit was sent. Before the message if its sender's clock was set back.</param>
    public static bool MayEdit(DateTimeOffset sentAt, DateTimeOffset editedAt) =>
        (editedAt - sentAt).Duration() <= EditLimit;

    /// <summary>Chooses the earlier version to drop after another was kept.</summary>
    /// <param name="kept">The number of versions that are kept now.</param>
    /// <returns>Its index, oldest first; null if none.</returns>
    public static int? VersionToDrop(int kept) => kept > MaxVersions ? 1 : null;

    /// <summary>Whether a text is one emoji, as a reaction must be.</summary>
    public static bool IsEmoji(string text) => Emoji.IsEmoji(text);
}
