namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>All that a conversation needs to go on after a restart: what its <see cref="Change"/>s came to.</summary>
/// <param name="Epoch">In which this side numbers its messages.</param>
public sealed record ConversationSnapshot(ulong Epoch)
{
    /// <summary>The lowest sequence that is not acknowledged.</summary>
    public ulong Base { get; init; } = 1;

    /// <summary>The <see cref="ItemChecksum"/> of what lies below <see cref="Base"/>.</summary>
    public ulong Checksum { get; init; } = ItemChecksum.Start;

    /// <summary>The highest that the other side has acknowledged, in whichever epoch; zeros if nothing.</summary>
    public Position Acknowledged { get; init; }

    /// <summary>The sequences from <see cref="Base"/> on, without gaps.</summary>
    public IReadOnlyList<OutboxEntry> Outbox { get; init; } = [];

    /// <summary>The other side's epoch; 0 if it has not said one.</summary>
    public ulong TheirEpoch { get; init; }

    /// <summary>The next sequence expected of the other side.</summary>
    public ulong TheirNext { get; init; }

    /// <summary>The <see cref="ItemChecksum"/> of what lies below <see cref="TheirNext"/>.</summary>
    public ulong TheirChecksum { get; init; }

    /// <summary>Below it this side has all of theirs, where it has lost some on which they rely; null if it has all.</summary>
    public Position? TheirKept { get; init; }

    /// <summary>Up to where this side has all of the other side's earlier epochs.</summary>
    public PastEpochs TheirPast { get; init; } = PastEpochs.None;

    /// <summary>Below it this side's person has read, in <see cref="TheirEpoch"/>.</summary>
    public ulong ReadNext { get; init; }

    /// <summary>Below it the other side's person has read, in <see cref="Epoch"/>.</summary>
    public ulong ReadByThem { get; init; }

    /// <summary>See <see cref="Change.AckOwed"/>.</summary>
    public bool AckOwed { get; init; }
}

/// <summary>One sequence of what is not acknowledged.</summary>
/// <param name="Message">Null for a Skip.</param>
/// <param name="Sent">Whether the message has been on its way, by a link or the mailbox.</param>
/// <param name="Deposited">Whether it lies in the other's mailbox.</param>
/// <param name="Lapsed">
/// For a Skip that has not been sent: the id of the message that it replaces, if the other side may have taken that. Null
/// otherwise.
/// </param>
public sealed record OutboxEntry(
    OutgoingMessage? Message,
    bool Sent = false,
    bool Deposited = false,
    Guid? Lapsed = null
)
{
    /// <summary>Of the message that a Skip stands for: the other side may have taken that one before.</summary>
    public Guid GivenUpId { get; init; }
}

/// <summary>A place in what one side has sent: all below <paramref name="Next"/> of that epoch, and all of lower epochs.</summary>
public readonly record struct Position(ulong Epoch, ulong Next) : IComparable<Position>
{
    public static bool operator <(Position one, Position other) => one.CompareTo(other) < 0;

    public static bool operator >(Position one, Position other) => one.CompareTo(other) > 0;

    public static bool operator <=(Position one, Position other) => one.CompareTo(other) <= 0;

    public static bool operator >=(Position one, Position other) => one.CompareTo(other) >= 0;

    public int CompareTo(Position other) => (Epoch, Next).CompareTo((other.Epoch, other.Next));
}
