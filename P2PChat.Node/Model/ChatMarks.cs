namespace P2PChat.Node.Model;

/// <summary>The user's marks of one conversation. They never leave this peer.</summary>
/// <param name="Archived">A new message from the other user ends it, unless the conversation is muted.</param>
/// <param name="Muted">No notifications about new messages.</param>
/// <param name="UnreadFrom">
/// The position of the first message that the user has marked as unread again; null if there is none.
/// </param>
public sealed record ChatMarks(bool Pinned, bool Archived, bool Muted, long? UnreadFrom)
{
    /// <summary>The marks of a conversation that has none.</summary>
    public static ChatMarks None { get; } = new(Pinned: false, Archived: false, Muted: false, UnreadFrom: null);

    /// <summary>Whether the other user's files are accepted without asking.</summary>
    public AutoAccept AcceptFiles { get; init; }
}

/// <summary>
/// Whether the files of one contact are accepted without asking, within the limits that apply to all files.
/// </summary>
public enum AutoAccept
{
    /// <summary>As the settings say.</summary>
    Default = 0,
    On = 1,
    Off = 2,
}
