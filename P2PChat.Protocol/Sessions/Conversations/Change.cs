using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>The reason why a message will not be delivered.</summary>
public enum AbandonReason
{
    /// <summary>It was not sent within <see cref="ConversationOptions.Expiry"/>.</summary>
    Expired,

    /// <summary>
    /// It was sent but not acknowledged within <see cref="ConversationOptions.Expiry"/>. It may have been delivered.
    /// </summary>
    Unconfirmed,

    /// <summary>One side has removed the other from its contacts.</summary>
    Refused,
}

/// <summary>
/// A change of state that must survive a crash. Changes are stored in order, each wholly or not at all. Their sum is a
/// <see cref="ConversationSnapshot"/>.
/// </summary>
public abstract record Change
{
    private Change() { }

    /// <summary>
    /// Whether later effects must not leave the process before this is committed. A crash may lose other changes, with
    /// all that follow them, because the other side repeats what led to them.
    /// </summary>
    public virtual bool IsBinding => true;

    /// <summary>
    /// The two have accepted each other under the other side's name. After a first contact by mail, the other side may
    /// not know yet: see <see cref="Confirmed"/>.
    /// </summary>
    /// <param name="InviteId">The id of this side's invite that the other side has used; empty if none.</param>
    public sealed record Accepted(Username Name, ReadOnlyMemory<byte> InviteId = default) : Change
    {
        /// <summary>The introduction at the start of the next envelopes.</summary>
        public MailIntroduction Introduction { get; init; }

        /// <summary>Whether they are not contacts, and have accepted each other because both are in a room.</summary>
        public bool IsForRooms { get; init; }

        /// <summary>The capability for the other side's mailbox; null to keep the stored one.</summary>
        public ReadOnlyMemory<byte>? Capability { get; init; }
    }

    /// <summary>
    /// The introduction at the start of the next envelopes to a contact has changed. One other than none means that the
    /// other side may not know of the contact.
    /// </summary>
    /// <param name="Capability">The capability for the other side's mailbox; null to keep the stored one.</param>
    public sealed record Introduced(MailIntroduction Introduction, ReadOnlyMemory<byte>? Capability = null) : Change
    {
        // A crash that loses the end of an introduction costs another envelope, which the other side answers again.
        public override bool IsBinding => Introduction != MailIntroduction.None;
    }

    /// <summary>
    /// The other side has shown that it knows of the contact. Until then a link for rooms does not mean that it has
    /// removed this side.
    /// </summary>
    public sealed record Confirmed : Change
    {
        // Each later link shows it again.
        public override bool IsBinding => false;
    }

    /// <summary>The features in a contact's Hello have changed.</summary>
    public sealed record FeaturesChanged(PeerFeatures Features) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>The contact was removed. Either side must send a request to connect again.</summary>
    public sealed record ContactRemoved : Change;

    /// <summary>A message was added to the outbox.</summary>
    /// <param name="Sent">Whether it is transmitted at once.</param>
    public sealed record Queued(ulong Epoch, ulong Sequence, OutgoingMessage Message, bool Sent) : Change
    {
        /// <inheritdoc cref="ClearedMessage"/>
        public IReadOnlyList<ClearedMessage> Cleared { get; init; } = [];
    }

    /// <summary>
    /// The messages from one sequence up to, but not including, another were sent for the first time.
    /// </summary>
    /// <param name="Deposited">Whether to the other side's mailbox instead of on a link.</param>
    public sealed record Transmitted(ulong Epoch, ulong From, ulong To, bool Deposited) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>
    /// The sequences from one up to, but not including, another are no longer in the other side's mailbox, because the
    /// directory has lost it.
    /// </summary>
    public sealed record DepositsLost(ulong Epoch, ulong From, ulong To) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>A message was replaced by a Skip, which is not deposited.</summary>
    /// <param name="MayBeDelivered">See <see cref="AbandonedMessage.MayBeDelivered"/>.</param>
    public sealed record Abandoned(
        ulong Epoch,
        ulong Sequence,
        Guid Id,
        AbandonReason Reason,
        bool MayBeDelivered = false
    ) : Change;

    /// <summary>
    /// A Skip is about to be sent whose message may have been delivered. From now on an acknowledgement may be for the
    /// Skip.
    /// </summary>
    public sealed record SkipSent(ulong Epoch, ulong Sequence, Guid Id) : Change;

    /// <summary>
    /// All sequences below <paramref name="Base"/> have left the outbox. Their messages are delivered.
    /// </summary>
    /// <param name="Checksum">The <see cref="ItemChecksum"/> below <paramref name="Base"/>.</param>
    /// <param name="ByRemote">Whether the other side has acknowledged them. Otherwise all were Skips.</param>
    public sealed record Acknowledged(ulong Epoch, ulong Base, ulong Checksum, bool ByRemote = true) : Change
    {
        /// <summary>Abandoned messages that turn out to be delivered.</summary>
        public IReadOnlyList<Guid> Late { get; init; } = [];

        public override bool IsBinding => false;
    }

    /// <summary>
    /// The messages in the outbox were renumbered from 1 in a new epoch. None counts as deposited or read any longer,
    /// and Skips were dropped.
    /// </summary>
    /// <param name="Ids">All messages in their new order.</param>
    public sealed record EpochBegun(ulong Epoch, IReadOnlyList<Guid> Ids) : Change
    {
        /// <summary>Delivered messages that are in the outbox again; null if the other side has lost none.</summary>
        public Recalled? Recalled { get; init; }
    }

    /// <summary>The other side's person has read all of this side's messages below <paramref name="Next"/>.</summary>
    public sealed record ReadByThem(ulong Epoch, ulong Next) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>
    /// Messages were received, and <paramref name="Next"/> is expected next. A new epoch starts with no messages read.
    /// </summary>
    /// <param name="Checksum">The <see cref="ItemChecksum"/> below <paramref name="Next"/>.</param>
    public sealed record Received(
        ulong Epoch,
        ulong Next,
        IReadOnlyList<IncomingMessage> Messages,
        ulong Checksum = ItemChecksum.Unknown
    ) : Change
    {
        /// <summary>See <see cref="ConversationSnapshot.TheirKept"/>.</summary>
        public Position? Kept { get; init; }

        /// <inheritdoc cref="ClearedMessage"/>
        public IReadOnlyList<ClearedMessage> Cleared { get; init; } = [];
    }

    /// <summary>This side's person has read all of the other side's messages below <paramref name="Next"/>.</summary>
    public sealed record Read(ulong Epoch, ulong Next) : Change
    {
        public override bool IsBinding => false;
    }

    /// <summary>Messages in the outbox no longer contain the text of a room's message that was deleted.</summary>
    /// <inheritdoc cref="ClearedMessage"/>
    public sealed record TextsCleared(IReadOnlyList<ClearedMessage> All) : Change;

    /// <summary>
    /// Whether this side owes an acknowledgement of mail. Sending it on a link does not settle it, because it may be
    /// lost with the link; the other side must show that it has received it.
    /// </summary>
    public sealed record AckOwed(bool Owed) : Change
    {
        public override bool IsBinding => Owed;
    }
}

/// <summary>
/// A message in the outbox that contained the text of a message that is deleted for everyone. From now on nothing of
/// that text is sent. It keeps its id and sequence, because the other side may have received it already, and waits for
/// that sequence if not.
/// </summary>
/// <param name="Content">The message's content from now on.</param>
public readonly record struct ClearedMessage(ulong Sequence, Guid Id, MessageContent Content)
{
    /// <summary>The message's text from now on.</summary>
    public string Text => FallbackText.Of(Content, "");
}

/// <summary>
/// Messages that are sent again, because the other side is an older copy of itself and has lost what it had
/// acknowledged at or above <paramref name="Kept"/>. Other delivered messages at or above it are lost to that side.
/// </summary>
public sealed record Recalled(Position Kept, IReadOnlyList<OutgoingMessage> Messages);
