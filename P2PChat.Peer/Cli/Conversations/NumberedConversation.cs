using P2PChat.Node.Model;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>A conversation or a room with its number at the prompt.</summary>
/// <param name="Number">From 1. It stays the same while the peer runs.</param>
/// <param name="Name">For people, on one line.</param>
/// <param name="Marks">Whether a conversation is muted or archived.</param>
public sealed record NumberedConversation(
    int Number,
    ChatKey Chat,
    string Name,
    int Unread,
    bool IsOpen,
    ChatMarks Marks
)
{
    /// <summary>Null for a conversation.</summary>
    public RoomView? Room { get; init; }

    /// <summary>When the newest message was sent, by its sender's clock; null if there is none.</summary>
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>Whether the status row shows it.</summary>
    public bool IsShown =>
        IsOpen || Unread > 0 || (Room is null ? !Marks.Archived : Room.Standing == RoomStanding.Joined);

    /// <summary>The unread messages about which the user wants to be notified.</summary>
    public int News =>
        Room switch
        {
            null => Marks.Muted ? 0 : Unread,
            { Notify: RoomNotify.All } => Unread,
            { Notify: RoomNotify.Mentions, Mentions: var mentions } => mentions,
            _ => 0,
        };
}
