using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>
/// What <see cref="PeerSession"/> and its <see cref="Conversation"/> want done, in order. Nothing that follows a binding
/// <see cref="Store"/> may be done before that is committed.
/// </summary>
public abstract record SessionEffect
{
    private SessionEffect() { }

    /// <summary>Keep this, whatever happens to the process.</summary>
    public sealed record Store(Change Change) : SessionEffect;

    /// <summary>Write the frame to the link.</summary>
    public sealed record Transmit(int Link, OutgoingFrame Outgoing) : SessionEffect
    {
        public Transmit(int link, Frame frame)
            : this(link, new OutgoingFrame(frame)) { }

        /// <summary>The same as an object of Protobuf, a message's made anew each time.</summary>
        public Frame Frame => Outgoing.ToFrame();
    }

    /// <summary>Write this Ack to the link before anything else; a later one replaces it.</summary>
    public sealed record Acknowledge(int Link, Ack Ack) : SessionEffect;

    /// <summary>Send a Close with the reason, then end the link.</summary>
    public sealed record Close(int Link, CloseReason Reason) : SessionEffect;

    /// <summary>Find out whether the name is this peer's, and say so by <see cref="PeerSession.NameChecked"/>.</summary>
    public sealed record CheckName(int Link, Username Name) : SessionEffect;

    /// <summary>The other side asks: answer by <see cref="PeerSession.Accept"/> or <see cref="PeerSession.Reject"/>.</summary>
    /// <param name="Known">Whether the two have been connected before.</param>
    public sealed record RequestArrived(Username Name, bool Known) : SessionEffect;

    /// <summary>The request is no longer there to be answered.</summary>
    public sealed record RequestWithdrawn(CloseReason Reason) : SessionEffect;

    /// <summary>The first link to this peer is open.</summary>
    public sealed record Connected(Username Name) : SessionEffect;

    /// <summary>The other side rejected our request.</summary>
    public sealed record Rejected(RejectReason Reason) : SessionEffect;

    /// <summary>Our request ended without an answer.</summary>
    public sealed record RequestFailed(CloseReason Reason, bool ByRemote) : SessionEffect;

    /// <summary>The last open link has ended.</summary>
    public sealed record Disconnected(CloseReason Reason, bool ByRemote) : SessionEffect;

    /// <summary>A message has come, in order and once.</summary>
    public sealed record Deliver(IncomingMessage Message) : SessionEffect;

    /// <summary>The other side has taken the message.</summary>
    public sealed record Delivered(OutgoingMessage Message) : SessionEffect;

    /// <summary>The other side had taken a message before it was given up.</summary>
    public sealed record DeliveredLate(Guid Id) : SessionEffect;

    /// <summary>The message, which had to wait, is on its way.</summary>
    public sealed record Sent(OutgoingMessage Message) : SessionEffect;

    /// <summary>The message is not sent any more. <see cref="DeliveredLate"/> may still follow.</summary>
    public sealed record GivenUp(OutgoingMessage Message, GiveUpReason Reason) : SessionEffect;

    /// <summary>
    /// The other side has lost what it had acknowledged: find the messages that were delivered at or above
    /// <paramref name="Kept"/>, and call <see cref="Conversation.Recalled"/>.
    /// </summary>
    /// <param name="Acknowledged">Up to where it had acknowledged.</param>
    /// <param name="MaxMessages">The newest so many are sent again.</param>
    /// <param name="MaxBytes">Of their text in UTF-8.</param>
    public sealed record Recall(Position Kept, Position Acknowledged, int MaxMessages, int MaxBytes) : SessionEffect;

    /// <summary>The message was delivered, the other side has lost it, and it is no longer kept to be sent again.</summary>
    public sealed record Lost(Guid Id) : SessionEffect;

    /// <summary>The other side has read all messages of this side below <paramref name="Next"/> of the epoch.</summary>
    public sealed record ReadByThem(ulong Epoch, ulong Next) : SessionEffect;

    /// <summary>The other side's person has begun to write, or stopped.</summary>
    public sealed record Typing(bool Active) : SessionEffect;

    /// <summary>The other side's person is there, or has gone away.</summary>
    public sealed record Presence(PresenceState State) : SessionEffect;

    /// <summary>Put this into the other's mailbox, and then call <see cref="PeerSession.Deposited"/>.</summary>
    public sealed record Deposit(ConversationMail Mail) : SessionEffect;

    /// <summary>All that this envelope brought has been taken: the mailbox's copy may be deleted.</summary>
    /// <param name="Mail">The number that it was given at <see cref="PeerSession.ReceiveMail"/>.</param>
    public sealed record MailTaken(long Mail) : SessionEffect;

    /// <summary>
    /// The other side lets this one leave mail for it. Depends on no change, so it may be done at once; a later one replaces it.
    /// </summary>
    public sealed record MailboxGranted(ReadOnlyMemory<byte> Capability) : SessionEffect;
}
