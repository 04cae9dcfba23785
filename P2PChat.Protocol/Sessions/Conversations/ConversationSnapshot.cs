namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>The state that a conversation needs after a restart: the sum of its <see cref="Change"/>s.</summary>
/// <param name="Epoch">The epoch of this side's messages.</param>
public sealed record ConversationSnapshot(ulong Epoch)
{
    /// <summary>The lowest unacknowledged sequence.</summary>
    public ulong Base { get; init; } = 1;

    /// <summary>The <see cref="ItemChecksum"/> below <see cref="Base"/>.</summary>
    public ulong Checksum { get; init; } = ItemChecksum.Start;

    /// <summary>The highest position that the other side has acknowledged, in any epoch; zeros if none.</summary>
    public Position Acknowledged { get; init; }

    /// <summary>The sequences from <see cref="Base"/> on, without gaps.</summary>
    public IReadOnlyList<OutboxEntry> Outbox { get; init; } = [];

    /// <summary>The other side's epoch; 0 before its first Resume.</summary>
    public ulong TheirEpoch { get; init; }

    /// <summary>The next sequence expected from the other side.</summary>
    public ulong TheirNext { get; init; }

    /// <summary>The <see cref="ItemChecksum"/> below <see cref="TheirNext"/>.</summary>
    public ulong TheirChecksum { get; init; }

    /// <summary>Start of the messages that this side acknowledged and has lost; null if none are missing.</summary>
    public Position? TheirKept { get; init; }

    /// <summary>How far this side has received the other side's earlier epochs.</summary>
    public PastEpochs TheirPast { get; init; } = PastEpochs.None;

    /// <summary>This side's person has read all sequences below, in <see cref="TheirEpoch"/>.</summary>
    public ulong ReadNext { get; init; }

    /// <summary>The other side's person has read all sequences below, in <see cref="Epoch"/>.</summary>
    public ulong ReadByThem { get; init; }

    /// <summary>See <see cref="Change.AckOwed"/>.</summary>
    public bool AckOwed { get; init; }
}

/// <summary>One unacknowledged sequence: a message, or the Skip that replaces an abandoned one.</summary>
/// <param name="Message">Null for a Skip.</param>
/// <param name="Sent">Whether the message was transmitted or deposited.</param>
/// <param name="Deposited">Whether it is in the other side's mailbox.</param>
public sealed record OutboxEntry(OutgoingMessage? Message, bool Sent = false, bool Deposited = false)
{
    /// <summary>For a Skip, the message that it replaces; null for a message.</summary>
    public AbandonedMessage? Abandoned { get; init; }
}

/// <summary>A message that is not sent any more.</summary>
/// <param name="MayBeDelivered">
/// Whether the other side may have received it and its Skip has not been sent. An acknowledgement then counts for the
/// message.
/// </param>
public readonly record struct AbandonedMessage(Guid Id, bool MayBeDelivered);

/// <summary>
/// A point in what one side sends: after all sequences below <paramref name="Next"/> and all lower epochs.
/// </summary>
public readonly record struct Position(ulong Epoch, ulong Next) : IComparable<Position>
{
    public static bool operator <(Position one, Position other) => one.CompareTo(other) < 0;

    public static bool operator >(Position one, Position other) => one.CompareTo(other) > 0;

    public static bool operator <=(Position one, Position other) => one.CompareTo(other) <= 0;

    public static bool operator >=(Position one, Position other) => one.CompareTo(other) >= 0;

    public int CompareTo(Position other) => (Epoch, Next).CompareTo((other.Epoch, other.Next));
}
