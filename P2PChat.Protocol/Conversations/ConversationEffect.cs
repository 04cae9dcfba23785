using P2PChat.Protocol.Frames;

namespace P2PChat.Protocol.Conversations;

/// <summary>
/// What <see cref="Conversation"/> wants done, in order. Nothing that follows a binding <see cref="Store"/> may be done
/// before that is committed.
/// </summary>
public abstract record ConversationEffect
{
    private ConversationEffect()
    {
    }

    /// <summary>Keep this, whatever happens to the process.</summary>
    public sealed record Store(Change Change) : ConversationEffect;

    /// <summary>Write the frame to the link.</summary>
    public sealed record Transmit(int Link, Frame Frame) : ConversationEffect;

    /// <summary>Write this Ack to the link before anything else; a later one replaces it.</summary>
    public sealed record Acknowledge(int Link, Ack Ack) : ConversationEffect;

    /// <summary>A message has come, in order and once.</summary>
    public sealed record Deliver(IncomingMessage Message) : ConversationEffect;

    /// <summary>The message, which had to wait, is on its way.</summary>
    public sealed record Sent(OutgoingMessage Message) : ConversationEffect;

    /// <summary>The other side has taken the message.</summary>
    public sealed record Delivered(OutgoingMessage Message) : ConversationEffect;

    /// <summary>The message will not be delivered, as far as this side knows.</summary>
    public sealed record GivenUp(OutgoingMessage Message, GiveUpReason Reason) : ConversationEffect;

    /// <summary>The other side has read all messages of this side below <paramref name="Next"/> of the epoch.</summary>
    public sealed record ReadByThem(ulong Epoch, ulong Next) : ConversationEffect;

    /// <summary>The other side's person has begun to write, or stopped.</summary>
    public sealed record Typing(bool Active) : ConversationEffect;

    /// <summary>The other side's person is there, or has gone away.</summary>
    public sealed record Presence(PresenceState State) : ConversationEffect;

    /// <summary>Put this into the other's mailbox, and then call <see cref="Conversation.Deposited"/>.</summary>
    public sealed record Deposit(ConversationMail Mail) : ConversationEffect;

    /// <summary>All that this envelope brought has been taken: the mailbox's copy may be deleted.</summary>
    /// <param name="Mail">The number that it was given at <see cref="Conversation.ReceiveMail"/>.</param>
    public sealed record MailTaken(long Mail) : ConversationEffect;

    /// <summary>The other side's Resume came on this link: it lives.</summary>
    public sealed record Resumed(int Link) : ConversationEffect;

    /// <summary>What came on this link breaks the protocol: end it.</summary>
    public sealed record Violation(int Link) : ConversationEffect;
}
