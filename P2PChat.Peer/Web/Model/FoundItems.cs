namespace P2PChat.Peer.Web.Model;

/// <summary>A conversation, room or person in the palette.</summary>
/// <param name="Href">Opens the conversation.</param>
/// <param name="Detail">The username if another name is shown, the size of a room; otherwise empty.</param>
/// <param name="Picture">The address of the picture of the person or room; empty without one.</param>
/// <param name="Status">The class of the avatar: <c>online</c>, <c>away</c>, <c>room</c> or none.</param>
/// <param name="Presence">The same for screen readers.</param>
public sealed record FoundChat(
    string Href,
    string Title,
    string Detail,
    string Initial,
    string Picture,
    int Hue,
    string Status,
    string Presence,
    int Unread
);

/// <summary>A message in the palette.</summary>
/// <param name="Href">Opens the conversation at the message.</param>
public sealed record FoundMessage(string Href, string Title, DateTimeOffset SentAt, IReadOnlyList<ExcerptPart> Parts);

/// <summary>The people and conversations that match the palette's text.</summary>
/// <param name="IsRecent">Whether the text is empty, so that the latest conversations are shown.</param>
/// <param name="IsComplete">Whether messages are included, or none are searched for.</param>
public sealed record FoundPeople(
    IReadOnlyList<FoundChat> Chats,
    IReadOnlyList<FoundChat> People,
    IReadOnlyList<FoundMessage> Messages,
    bool IsRecent,
    bool IsComplete
);

/// <summary>The messages that contain the palette's text.</summary>
/// <param name="Problem">A sentence for the user if messages cannot be searched; otherwise null.</param>
public sealed record FoundMessages(IReadOnlyList<FoundMessage> Messages, string? Problem);
