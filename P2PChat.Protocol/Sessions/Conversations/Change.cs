using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Why a message will not be delivered.</summary>
public enum GiveUpReason
{
    /// <summary>The other side has not been reached within <see cref="ConversationOptions.Expiry"/>.</summary>
    Expired,

    /// <summary>
    /// Like <see cref="Expired"/>, for a message that was transmitted or deposited, so that it may have been taken.
    /// </summary>
    Unconfirmed,

    /// <summary>The other side does not want to talk any more.</summary>
    Refused,
}

/// <summary>
/// What a conversation must not forget, in the order in which it happened; each is one step, taken wholly or not at all.
/// <see cref="ConversationSnapshot"/> is what all of them come to.
/// </summary>
public abstract record Change
{
    private Change() { }

    /// <summary>
    /// Whether nothing that follows may leave the process before this is committed. What is not binding may be forgotten
    /// by a crash, together with all that came after it: the other side will say it again.
    /// </summary>
    public virtual bool IsBinding => true;

    /// <summary>The two have accepted each other, and the other is called so.</summary>
    public sealed record Accepted(Username Name) : Change;

    /// <summary>They have no longer: the next time either has to ask.</summary>
    public sealed record Parted : Change;

    /// <summary>A message is in the outbox.</summary>
    /// <param name="Sent">Whether it goes out at once.</param>
    public sealed record Queued(ulong Epoch, ulong Sequence, OutgoingMessage Message, bool Sent) : Change;

    /// <summary>The messages from one sequence up to, not including, another are on their way for the first time.</summary>
    /// <param name="Deposited">Whether to the other's mailbox, and not on a link.</param>
    public sealed record WentOut(ulong Epoch, ulong From, ulong To, bool Deposited) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>
    /// What was deposited from one sequence up to, not including, another lies in the other's mailbox no longer: the
    /// directory has lost it.
    /// </summary>
    public sealed record DepositsLost(ulong Epoch, ulong From, ulong To) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>A message will not be sent any more; a Skip stands in its place, which has not been deposited.</summary>
    /// <param name="MayBeTaken">
    /// Whether the other side may have taken the message and the Skip has not been sent. An acknowledgement is then the
    /// message's.
    /// </param>
    public sealed record GaveUp(ulong Epoch, ulong Sequence, Guid Id, GiveUpReason Reason, bool MayBeTaken = false)
        : Change;

    /// <summary>
    /// The Skip of a message that may have been taken is about to be sent. From here on an acknowledgement may be the Skip's.
    /// </summary>
    public sealed record SkipSent(ulong Epoch, ulong Sequence, Guid Id) : Change;

    /// <summary>
    /// All below <paramref name="Base"/> has left the outbox: what was not given up is delivered.
    /// </summary>
    /// <param name="Checksum">The <see cref="ItemChecksum"/> of what lies below.</param>
    /// <param name="Acknowledged">Whether the other side has acknowledged it; otherwise all of it was given up.</param>
    public sealed record Cleared(ulong Epoch, ulong Base, ulong Checksum, bool Acknowledged = true) : Change
    {
        /// <summary>Messages that were given up and turn out to be delivered.</summary>
        public IReadOnlyList<Guid> Late { get; init; } = [];

        public override bool IsBinding => false;
    }

    /// <summary>
    /// What is in the outbox, but for what was given up, has been numbered anew from 1 in another epoch, and has not been
    /// deposited; the other side has read nothing of that epoch.
    /// </summary>
    /// <param name="Ids">In their order.</param>
    public sealed record EpochBegun(ulong Epoch, IReadOnlyList<Guid> Ids) : Change
    {
        /// <summary>What is in the outbox again; null where the other side has lost nothing.</summary>
        public Recalled? Recalled { get; init; }
    }

    /// <summary>The other side has read all of ours below <paramref name="Next"/>.</summary>
    public sealed record ReadByThem(ulong Epoch, ulong Next) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>
    /// Messages of the other side have been taken, and the next one expected is <paramref name="Next"/>. In another epoch
    /// than before nothing has been read yet.
    /// </summary>
    /// <param name="Checksum">The <see cref="ItemChecksum"/> of what lies below <paramref name="Next"/>.</param>
    public sealed record Took(
        ulong Epoch,
        ulong Next,
        IReadOnlyList<IncomingMessage> Messages,
        ulong Checksum = ItemChecksum.Unknown
    ) : Change
    {
        /// <summary>See <see cref="ConversationSnapshot.TheirKept"/>.</summary>
        public Position? Kept { get; init; }
    }

    /// <summary>This side's person has read all of theirs below <paramref name="Next"/>.</summary>
    public sealed record Read(ulong Epoch, ulong Next) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>
    /// Whether an acknowledgement is owed: what it acknowledges came by mail, and the other side has not shown that it
    /// knows. On a link it may be lost with the link.
    /// </summary>
    public sealed record AckOwed(bool Owed) : Change
    {
        public override bool IsBinding => Owed;
    }
}

/// <summary>
/// The other side has lost what it had acknowledged. It is an older copy of itself, and has all below
/// <paramref name="Kept"/>; what was delivered above that and is not recalled is lost to it.
/// </summary>
/// <param name="Messages">Delivered before, and sent again.</param>
public sealed record Recalled(Position Kept, IReadOnlyList<OutgoingMessage> Messages);
