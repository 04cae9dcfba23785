namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Replies that this side owes the other, on a link or by mail.</summary>
internal sealed class OwedReplies(bool isAckOwed, IConversationHost host)
{
    /// <summary>See <see cref="Change.AckOwed"/>.</summary>
    public bool IsAckOwed { get; private set; } = isAckOwed;

    /// <summary>Whether this side's person has read messages while there was no link.</summary>
    public bool IsReceiptOwed { get; set; }

    public void SetAckOwed(bool owed)
    {
        if (owed == IsAckOwed)
        {
            return;
        }

        IsAckOwed = owed;
        host.Emit(new SessionEffect.Store(new Change.AckOwed(owed)));
    }
}
