namespace P2PChat.Protocol.Conversations;

/// <summary>All that a conversation needs to go on after a restart: what its <see cref="Change"/>s came to.</summary>
/// <param name="Epoch">In which this side numbers its messages.</param>
public sealed record ConversationSnapshot(ulong Epoch)
{
    /// <summary>The lowest sequence that is not acknowledged.</summary>
    public ulong Base { get; init; } = 1;

    /// <summary>The sequences from <see cref="Base"/> on, without gaps.</summary>
    public IReadOnlyList<OutboxEntry> Outbox { get; init; } = [];

    /// <summary>The other side's epoch; 0 if it has not said one.</summary>
    public ulong TheirEpoch { get; init; }

    /// <summary>The next sequence expected of the other side.</summary>
    public ulong TheirNext { get; init; }

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
/// Of a Skip that has not been on its way: the id of the message in whose place it stands, if the other side may have taken
/// that. Null otherwise.
/// </param>
public sealed record OutboxEntry(OutgoingMessage? Message, bool Sent = false, bool Deposited = false, Guid? Lapsed = null);
