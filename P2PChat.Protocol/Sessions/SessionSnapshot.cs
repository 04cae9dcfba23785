using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Sessions;

/// <summary>The state that a session needs after a restart.</summary>
/// <param name="AcceptedAs">The name under which the two have accepted each other; null if they have not.</param>
public sealed record SessionSnapshot(Username? AcceptedAs, ConversationSnapshot Conversation)
{
    /// <summary>Whether they are not contacts, and have accepted each other because both are in a room.</summary>
    public bool IsForRooms { get; init; }

    /// <summary>Whether nothing has shown yet that the other side knows of the contact.</summary>
    public bool IsUnconfirmed { get; init; }

    /// <summary>The introduction at the start of envelopes to the other side.</summary>
    public MailIntroduction Introduction { get; init; }

    /// <summary>The other side's features, from its last Hello on an open link.</summary>
    public PeerFeatures Features { get; init; }
}
