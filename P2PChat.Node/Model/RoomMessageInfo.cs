namespace P2PChat.Node.Model;

/// <summary>A message of a room with its history, and who has it.</summary>
/// <param name="Versions">The earlier versions, oldest first: the first, and the last 20.</param>
/// <param name="Changes">The last reactions, edits and deletes that count, newest first, at most 50.</param>
public sealed record RoomMessageInfo(
    RoomMessageView Message,
    IReadOnlyList<MessageVersion> Versions,
    IReadOnlyList<RoomMessageChange> Changes
)
{
    /// <summary>When it arrived, by this peer's clock; null for an own one, and if unknown.</summary>
    public DateTimeOffset? ReceivedAt { get; init; }

    /// <summary>The members who have said that they have read it. They do so in small rooms only.</summary>
    public IReadOnlyList<RoomPerson> ReadBy { get; init; } = [];

    /// <summary>
    /// Others who have it: they have acknowledged it since this peer's start, or have written after it.
    /// </summary>
    public IReadOnlyList<RoomPerson> ReceivedBy { get; init; } = [];

    /// <summary>The members to whom this peer still has to deliver an own message.</summary>
    public IReadOnlyList<RoomPerson> WaitingFor { get; init; } = [];
}

/// <summary>A change to a message of a room.</summary>
/// <param name="SentAt">By the clock of the person who made it.</param>
public sealed record RoomMessageChange(MessageChange Change, RoomPerson From, DateTimeOffset SentAt);
